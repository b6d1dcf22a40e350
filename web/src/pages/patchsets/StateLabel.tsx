// The state of a patchset in a feed: a word, with a colour and an icon of its
// own.
import { Label, type LabelProps } from '@patternfly/react-core';
import {
    BanIcon, CheckCircleIcon, DownloadIcon, ExclamationTriangleIcon, LockIcon,
    MinusCircleIcon, OutlinedCircleIcon
} from '@patternfly/react-icons';
import { useTranslation } from 'react-i18next';
import type { State } from './states';

const looks: Record<State, Pick<LabelProps, 'color' | 'icon' | 'variant'>> = {
    'enabled': { color: 'green', icon: <CheckCircleIcon /> },
    'disabled': { color: 'red', icon: <MinusCircleIcon /> },
    'undeployed': { color: 'grey', icon: <OutlinedCircleIcon /> },
    'not-downloaded': { color: 'blue', icon: <DownloadIcon />, variant: 'outline' },
    'not-available': { color: 'grey', icon: <BanIcon />, variant: 'outline' },
    'blocked': { color: 'purple', icon: <LockIcon /> },
    'enabled-warning': { color: 'orange', icon: <ExclamationTriangleIcon /> }
};

export function StateLabel({ state }: { state: State }) {
    const { t } = useTranslation('patchsets');
    return <Label isCompact {...looks[state]}>{t(`state.${state}`)}</Label>;
}
