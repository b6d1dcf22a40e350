// What needs attention, the gravest first, each with the place to click.
import {
    Card, CardBody, CardTitle, EmptyState, Icon, List, ListItem
} from '@patternfly/react-core';
import {
    CheckCircleIcon, ExclamationCircleIcon, ExclamationTriangleIcon, InfoCircleIcon
} from '@patternfly/react-icons';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useApi } from '@/api/hooks';
import { useMayChange, useSession } from '@/api/session';
import { needsOf, type Known, type Need } from './attention';
import './dashboard.css';

const icons = {
    danger: <ExclamationCircleIcon />,
    warning: <ExclamationTriangleIcon />,
    info: <InfoCircleIcon />
};

function useKnown(): Known {
    const mayChange = useMayChange();
    const { session } = useSession();
    return {
        start: useApi('/admin/api/start').data?.result,
        status: useApi('/admin/api/status').data?.result,
        jobs: useApi('/admin/api/jobs', { refetchInterval: 30_000 }).data?.result,
        keys: useApi('/admin/api/keys').data?.result,
        feeds: useApi('/admin/api/feeds').data?.result,
        ldap: useApi('/admin/api/settings/ldap', { enabled: mayChange }).data?.result,
        passwordMinLength: mayChange ? session?.password_min_length : undefined
    };
}

function Item({ need }: { need: Need }) {
    const { t } = useTranslation('dashboard');
    const mayChange = useMayChange();
    return (
        <ListItem icon={<Icon status={need.severity} isInline>{icons[need.severity]}</Icon>}>
            <span className="pf-v6-screen-reader">{t(`severity.${need.severity}`)}</span>
            <span className="ep-break">
                {t(`needs.${need.text}.text`, {
                    ...need.values,
                    ...(need.product !== undefined
                        && { product: t(`common:product.${need.product}`) })
                })}
            </span>{' '}
            {(mayChange || need.admin !== true) && (
                <Link to={need.to} className="ep-need-link">{t(`needs.${need.text}.link`)}</Link>
            )}
        </ListItem>
    );
}

export function Attention() {
    const { t } = useTranslation('dashboard');
    const known = useKnown();
    const needs = needsOf(known);
    const allRead = known.start !== undefined && known.status !== undefined
        && known.jobs !== undefined;
    return (
        <Card component="section">
            <CardTitle component="h2">{t('attention')}</CardTitle>
            <CardBody>
                {needs.length > 0 ? (
                    <List isPlain isBordered>
                        {needs.map((need) => <Item key={need.id} need={need} />)}
                    </List>
                ) : allRead && (
                    <EmptyState headingLevel="h3" variant="sm" status="success"
                        icon={CheckCircleIcon} titleText={t('allWell')} />
                )}
            </CardBody>
        </Card>
    );
}
