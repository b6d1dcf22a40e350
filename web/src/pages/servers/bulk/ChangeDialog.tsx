// The frame of dialogs that change many servers: a form, how far it is, what
// went wrong.
import type { ReactNode } from 'react';
import {
    Alert, Button, Form, ModalBody, ModalFooter, ModalHeader
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { BusyButton } from '@/components/BusyButton';
import { Dialog } from '@/components/Dialog';
import { useErrorText } from '@/components/errors';
import { BulkProgress } from './BulkProgress';
import type { BulkTarget, useBulk } from './useBulk';

export function ChangeDialog({
    title, description, action, target, bulk, ready, onConfirm, onClose, children
}: {
    title: string;
    description: string;
    /** the button's text */
    action: string;
    target: BulkTarget;
    bulk: ReturnType<typeof useBulk>;
    /** what is typed can be sent */
    ready: boolean;
    onConfirm: () => void;
    onClose: () => void;
    children: ReactNode;
}) {
    const { t } = useTranslation('servers');
    const text = useErrorText();
    const confirm = () => {
        if (ready && !bulk.running) {
            onConfirm();
        }
    };
    const close = () => {
        bulk.stop();
        onClose();
    };
    return (
        <Dialog variant="small" onClose={close} aria-labelledby="change-title"
            aria-describedby="change-body">
            <ModalHeader title={title} labelId="change-title" description={description} />
            <ModalBody id="change-body">
                <Form onSubmit={(event) => { event.preventDefault(); confirm(); }}>
                    {bulk.error !== null && (
                        <Alert isInline component="p" variant="danger" title={text(bulk.error)}>
                            {bulk.done > 0 && t('bulk.partly', { count: bulk.done })}
                        </Alert>
                    )}
                    {children}
                    {bulk.running && (
                        <BulkProgress done={bulk.done} total={target.count} />
                    )}
                </Form>
            </ModalBody>
            <ModalFooter>
                <BusyButton onClick={confirm} isDisabled={!ready || bulk.running}
                    isLoading={bulk.running}>
                    {action}
                </BusyButton>
                <Button variant="link" onClick={close}>
                    {t(bulk.running ? 'bulk.stop' : 'common:cancel')}
                </Button>
            </ModalFooter>
        </Dialog>
    );
}
