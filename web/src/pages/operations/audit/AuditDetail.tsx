// What a row says beside the columns: new values, address, number.
import {
    DescriptionList, DescriptionListDescription, DescriptionListGroup,
    DescriptionListTerm
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import type { AuditRow } from './AuditTable';

/** Values as text, lists with commas, anything deeper as JSON. */
function asText(value: unknown): string {
    if (Array.isArray(value) && value.every((one) => typeof one !== 'object')) {
        return value.join(', ');
    }
    return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}

export function AuditDetail({ row }: { row: AuditRow }) {
    const { t } = useTranslation('operations');
    const facts: [string, string][] = [
        [t('audit.code'), row.action],
        ...(row.ip !== null ? [[t('audit.ip'), row.ip] as [string, string]] : []),
        [t('audit.id'), String(row.id)],
        ...Object.entries(row.detail ?? {}).map(([name, value]) =>
            [name, asText(value)] as [string, string])
    ];
    return (
        <DescriptionList isCompact isHorizontal aria-label={t('audit.detail')}>
            {facts.map(([name, value], i) => (
                <DescriptionListGroup key={i}>
                    <DescriptionListTerm>{name}</DescriptionListTerm>
                    <DescriptionListDescription>
                        <span className="ep-break ep-mono">{value}</span>
                    </DescriptionListDescription>
                </DescriptionListGroup>
            ))}
        </DescriptionList>
    );
}
