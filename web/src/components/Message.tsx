// Something to know, in the place that it is about.
import type { ReactNode } from 'react';
import { Alert, type AlertProps } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';

export function Message({ variant, title, children, live = false, actions }: {
    variant: 'success' | 'danger' | 'warning' | 'info';
    title: ReactNode;
    children?: ReactNode;
    /** screen readers tell it when it appears */
    live?: boolean;
    actions?: AlertProps['actionLinks'];
}) {
    const { t } = useTranslation();
    return (
        <Alert isInline component="p" variant={variant} title={title} isLiveRegion={live}
            variantLabel={t(`message.${variant}`)}
            {...(actions !== undefined && { actionLinks: actions })}>
            {children}
        </Alert>
    );
}
