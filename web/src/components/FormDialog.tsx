// A dialog with a form: what was typed stays when the portal refuses it, and
// why is said above the fields.
import { useId, type ReactNode } from 'react';
import { Button, Form, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import type { ApiError } from '@/api/client';
import { BusyButton } from './BusyButton';
import { Dialog } from './Dialog';
import { Message } from './Message';
import { useErrorText } from './errors';

export function FormDialog({
    title, description, children, action, variant = 'primary', ready, busy, error,
    onSubmit, onClose
}: {
    title: string;
    description?: ReactNode;
    /** the fields */
    children: ReactNode;
    /** the button's text, "Save" when it is not given */
    action?: string;
    variant?: 'primary' | 'danger';
    /** all that is needed is there */
    ready: boolean;
    busy: boolean;
    error: ApiError | null;
    onSubmit: () => void;
    onClose: () => void;
}) {
    const { t } = useTranslation();
    const text = useErrorText();
    const id = useId();

    return (
        <Dialog variant="small" onClose={onClose} aria-labelledby={`${id}-title`}>
            <ModalHeader title={title} description={description} labelId={`${id}-title`} />
            <ModalBody>
                <Form id={`${id}-form`} onSubmit={(event) => {
                    event.preventDefault();
                    if (ready && !busy) {
                        onSubmit();
                    }
                }}>
                    {error !== null && (
                        <Message live variant="danger"
                            title={text(error)} />
                    )}
                    {children}
                </Form>
            </ModalBody>
            <ModalFooter>
                <BusyButton type="submit" form={`${id}-form`} variant={variant}
                    isDisabled={!ready || busy} isLoading={busy}>
                    {action ?? t('save')}
                </BusyButton>
                <Button variant="link" onClick={onClose}>{t('cancel')}</Button>
            </ModalFooter>
        </Dialog>
    );
}
