// Where menus and tooltips are put: inside the open dialog or the page's main
// part, which screen readers can find, and not at the end of the document.
export function floor(): HTMLElement {
    return document.querySelector<HTMLElement>('[role="dialog"]')
        ?? document.getElementById('main') ?? document.body;
}

/** For popperProps of menus in places that would cut them off. */
export const inMain = { appendTo: floor };
