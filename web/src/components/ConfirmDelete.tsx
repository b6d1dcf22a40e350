// Asks before something is deleted: says what goes with it, and wants the name
// typed when that is much. The dialog stays open when it fails.
import { useState, type ReactNode } from 'react';
import {
    Button, Form, FormGroup, ModalBody, ModalFooter, ModalHeader, TextInput
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import type { ApiError } from '@/api/client';
import { BusyButton } from './BusyButton';
import { Dialog } from './Dialog';
import { Message } from './Message';
import { useErrorText } from './errors';

export function ConfirmDelete({
    title, children, action, typed, busy, error, onConfirm, onClose
}: {
    title: string;
    /** what will happen */
    children: ReactNode;
    /** the button's text, "Delete" when it is not given */
    action?: string;
    /** must be typed before the button works */
    typed?: string;
    busy: boolean;
    error: ApiError | null;
    onConfirm: () => void;
    onClose: () => void;
}) {
    const { t } = useTranslation();
    const text = useErrorText();
    const [value, setValue] = useState('');
    const ready = typed === undefined || value === typed;

    return (
        <Dialog variant="small" onClose={onClose} aria-labelledby="confirm-title"
            aria-describedby="confirm-body">
            <ModalHeader title={title} titleIconVariant="warning" labelId="confirm-title" />
            <ModalBody id="confirm-body">
                {children}
                {typed !== undefined && (
                    <Form onSubmit={(event) => {
                        event.preventDefault();
                        if (ready && !busy) {
                            onConfirm();
                        }
                    }}>
                        <FormGroup label={t('confirm.type', { name: typed })}
                            fieldId="confirm-name">
                            <TextInput id="confirm-name" value={value} autoComplete="off"
                                onChange={(_, now) => setValue(now)} />
                        </FormGroup>
                    </Form>
                )}
                {error !== null && (
                    <Message variant="danger" title={text(error)} />
                )}
            </ModalBody>
            <ModalFooter>
                <BusyButton variant="danger" onClick={onConfirm} isDisabled={!ready || busy}
                    isLoading={busy}>
                    {action ?? t('confirm.delete')}
                </BusyButton>
                <Button variant="link" onClick={onClose}>{t('cancel')}</Button>
            </ModalFooter>
        </Dialog>
    );
}
