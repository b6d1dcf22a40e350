// What can be done with the server one looks at.
import { useState } from 'react';
import { Button, Flex } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { BulkDialog } from '../bulk/BulkDialog';
import type { BulkAction } from '../bulk/useBulk';
import { nameOf, type OneServer } from './server';

export function ServerActions({ server }: { server: OneServer }) {
    const { t } = useTranslation('servers');
    const navigate = useNavigate();
    const [action, setAction] = useState<BulkAction | null>(null);
    const done = () => {
        setAction(null);
        if (action === 'delete') {
            void navigate('/servers');
        }
    };
    return (
        <>
            <Flex spaceItems={{ default: 'spaceItemsSm' }}>
                <Button variant="secondary" onClick={() => setAction('move')}>
                    {t('bulk.move')}
                </Button>
                <Button variant="danger" onClick={() => setAction('delete')}>
                    {t('bulk.delete')}
                </Button>
            </Flex>
            {action !== null && (
                <BulkDialog action={action} onClose={() => setAction(null)} onDone={done}
                    target={{ count: 1, name: nameOf(server), ids: [server.id] }} />
            )}
        </>
    );
}
