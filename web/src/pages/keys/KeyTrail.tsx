// The way back to the list of keys.
import { Breadcrumb, BreadcrumbItem } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';

export function KeyTrail({ name }: { name?: string }) {
    const { t } = useTranslation('keys');
    return (
        <Breadcrumb aria-label={t('trail')} className="ep-trail">
            <BreadcrumbItem><Link to="/keys">{t('title')}</Link></BreadcrumbItem>
            <BreadcrumbItem isActive>{name ?? t('create.title')}</BreadcrumbItem>
        </Breadcrumb>
    );
}
