// What makes the whole portal less safe, in red on every page (TRAP-12).
import { Banner, Flex, FlexItem, Icon } from '@patternfly/react-core';
import { ExclamationCircleIcon } from '@patternfly/react-icons';
import { useTranslation } from 'react-i18next';
import { useSession } from '@/api/session';

export function Warnings() {
    const { t, i18n } = useTranslation();
    const { session } = useSession();
    return session?.warnings.map(({ code, message }) => (
        <Banner key={code} status="danger" className="ep-banner"
            screenReaderText={t('warning.label')}>
            <Flex spaceItems={{ default: 'spaceItemsSm' }} flexWrap={{ default: 'nowrap' }}>
                <FlexItem><Icon isInline><ExclamationCircleIcon /></Icon></FlexItem>
                <FlexItem className="ep-break">
                    {i18n.exists(`warning.${code}`) ? t(`warning.${code}`) : message}
                </FlexItem>
            </Flex>
        </Banner>
    ));
}
