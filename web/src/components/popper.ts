// Where menus are put: inside the page's main part, which screen readers can
// find, and not at the end of the document.

/** For popperProps of menus in places that would cut them off. */
export const inMain = {
    appendTo: () => document.getElementById('main') ?? document.body
};
