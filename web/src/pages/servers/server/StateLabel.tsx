// Active, silent, never heard of: in words, with a colour of its own.
import { Label } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { stateOf, type Server } from './server';

const statuses = { active: 'success', silent: 'warning', never: 'info' } as const;

export function StateLabel({ server }: { server: Pick<Server, 'checkin'> }) {
    const { t } = useTranslation('servers');
    const state = stateOf(server);
    return (
        <Label isCompact variant="outline" status={statuses[state]}>
            {t(`choice.state.${state}`)}
        </Label>
    );
}
