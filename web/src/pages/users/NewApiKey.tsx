// Makes an API key, then shows it, this once.
import { useState } from 'react';
import {
    Button, Content, FormGroup, FormHelperText, FormSelect, FormSelectOption,
    HelperText, HelperTextItem, Modal, ModalBody, ModalFooter, ModalHeader, TextInput
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useSend } from '@/api/hooks';
import { CopyText } from '@/components/CopyText';
import { FormDialog } from '@/components/FormDialog';
import { Message } from '@/components/Message';
import { dayFromNow, expires, isDayToCome, periods, type Period } from './expiry';

/** A click beside it does not close it: what it shows is not to be had again. */
function ShowToken({ name, token, onClose }: {
    name: string;
    token: string;
    onClose: () => void;
}) {
    const { t } = useTranslation('users');
    return (
        <Modal variant="small" isOpen aria-labelledby="token-title">
            <ModalHeader title={t('apiKeys.made', { name })} labelId="token-title" />
            <ModalBody>
                <div className="ep-stack">
                    <Message variant="warning" title={t('apiKeys.once')} />
                    <CopyText>{token}</CopyText>
                    <Content component="p">{t('apiKeys.use')}</Content>
                </div>
            </ModalBody>
            <ModalFooter>
                <Button onClick={onClose}>{t('apiKeys.copied')}</Button>
            </ModalFooter>
        </Modal>
    );
}

export function NewApiKey({ onClose }: { onClose: () => void }) {
    const { t } = useTranslation('users');
    const make = useSend('post', '/admin/api/tokens', ['/admin/api/tokens']);
    const [name, setName] = useState('');
    const [period, setPeriod] = useState<Period>('365');
    const [day, setDay] = useState(dayFromNow(30));
    const made = make.data?.result;

    if (made !== undefined) {
        return <ShowToken name={made.name} token={made.token} onClose={onClose} />;
    }
    const until = expires(period, day);
    return (
        <FormDialog title={t('apiKeys.add')} description={t('apiKeys.rights')}
            action={t('apiKeys.create')} busy={make.isPending} error={make.error}
            ready={name.trim() !== '' && (period !== 'day' || isDayToCome(day))}
            onClose={onClose}
            onSubmit={() => make.mutate({
                params: { name: name.trim(), ...(until !== undefined && { expires: until }) }
            })}>
            <FormGroup label={t('apiKeys.column.name')} fieldId="token-name" isRequired>
                <TextInput id="token-name" value={name} isRequired autoComplete="off" autoFocus
                    aria-describedby="token-name-hint" onChange={(_, now) => setName(now)} />
                <FormHelperText>
                    <HelperText id="token-name-hint">
                        <HelperTextItem>{t('apiKeys.nameHint')}</HelperTextItem>
                    </HelperText>
                </FormHelperText>
            </FormGroup>
            <FormGroup label={t('apiKeys.column.expires')} fieldId="token-period">
                <FormSelect id="token-period" value={period}
                    onChange={(_, now) => setPeriod(now as Period)}>
                    {periods.map((one) => (
                        <FormSelectOption key={one} value={one}
                            label={t(`apiKeys.period.${one}`)} />
                    ))}
                </FormSelect>
            </FormGroup>
            {period === 'day' && (
                <FormGroup label={t('apiKeys.day')} fieldId="token-day" isRequired>
                    <TextInput id="token-day" type="date" value={day} min={dayFromNow(0)}
                        isRequired validated={isDayToCome(day) ? 'default' : 'error'}
                        aria-describedby="token-day-hint" onChange={(_, now) => setDay(now)} />
                    <FormHelperText>
                        <HelperText id="token-day-hint" isLiveRegion>
                            <HelperTextItem variant={isDayToCome(day) ? 'default' : 'error'}>
                                {t(isDayToCome(day) ? 'apiKeys.dayHint' : 'apiKeys.dayPast')}
                            </HelperTextItem>
                        </HelperText>
                    </FormHelperText>
                </FormGroup>
            )}
        </FormDialog>
    );
}
