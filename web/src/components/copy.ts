// Copying to the clipboard. Browsers offer navigator.clipboard over https
// alone, and many portals are reached by http and an address.
export function copy(text: string) {
    if (window.isSecureContext) {
        void navigator.clipboard.writeText(text);
        return;
    }
    const give = (event: ClipboardEvent) => {
        event.clipboardData?.setData('text/plain', text);
        event.preventDefault();
        event.stopImmediatePropagation();
    };
    document.addEventListener('copy', give, { capture: true });
    document.execCommand('copy');
    document.removeEventListener('copy', give, { capture: true });
}
