// PatternFly's dialog, with a close button that is named in the user's language
// (PatternFly's own is "Close" in every one).
import { Button, Modal, type ModalProps } from '@patternfly/react-core';
import { TimesIcon } from '@patternfly/react-icons';
import { useTranslation } from 'react-i18next';

export function Dialog({ children, onClose, ...rest }:
    Pick<ModalProps, 'variant' | 'children' | 'aria-labelledby' | 'aria-describedby'> & {
        onClose: () => void;
    }) {
    const { t } = useTranslation();
    return (
        <Modal {...rest} isOpen onEscapePress={onClose}>
            <div className="pf-v6-c-modal-box__close">
                <Button variant="plain" icon={<TimesIcon />} aria-label={t('close')}
                    onClick={onClose} />
            </div>
            {children}
        </Modal>
    );
}
