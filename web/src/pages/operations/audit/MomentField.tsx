// Since when, until when: typed in the browser's zone, in UTC in the address
// as the API wants it.
import { InputGroup, InputGroupItem, InputGroupText, TextInput } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { parseTime } from '@/components/Time';
import { useAuditAddress } from './address';

/** "2026-11-23 20:15" in UTC as the field's "2026-11-24T05:15" here. */
function toLocal(utc: string | undefined): string {
    if (utc === undefined) {
        return '';
    }
    const date = parseTime(`${utc}:00.000`.slice(0, 23));
    if (Number.isNaN(date.getTime())) {
        return '';
    }
    const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
    return local.toISOString().slice(0, 16);
}

function toUtc(local: string): string {
    const date = new Date(local);
    return Number.isNaN(date.getTime()) ? ''
        : date.toISOString().slice(0, 16).replace('T', ' ');
}

export function MomentField({ name }: { name: 'since' | 'until' }) {
    const { t } = useTranslation('operations');
    const { filters, change } = useAuditAddress();
    return (
        <InputGroup>
            <InputGroupText id={`audit-${name}-label`} isPlain>{t(`audit.${name}`)}</InputGroupText>
            <InputGroupItem>
                <TextInput type="datetime-local" id={`audit-${name}`}
                    aria-labelledby={`audit-${name}-label`} value={toLocal(filters[name])}
                    onChange={(_, value) => change({ [name]: toUtc(value) })} />
            </InputGroupItem>
        </InputGroup>
    );
}
