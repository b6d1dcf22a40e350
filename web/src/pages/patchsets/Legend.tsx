// What the states mean, behind a button.
import {
    Button, DescriptionList, DescriptionListDescription, DescriptionListGroup,
    DescriptionListTerm, Popover
} from '@patternfly/react-core';
import { OutlinedQuestionCircleIcon } from '@patternfly/react-icons';
import { useTranslation } from 'react-i18next';
import { inMain } from '@/components/popper';
import { StateLabel } from './StateLabel';
import { states } from './states';

export function Legend() {
    const { t } = useTranslation('patchsets');
    return (
        <Popover headerContent={t('legend.title')} headerComponent="h2" maxWidth="30rem"
            minWidth="min(30rem, 90vw)" appendTo={inMain.appendTo} position="bottom"
            closeBtnAriaLabel={t('common:close')}
            bodyContent={
                <DescriptionList isCompact>
                    {states.map((state) => (
                        <DescriptionListGroup key={state}>
                            <DescriptionListTerm><StateLabel state={state} /></DescriptionListTerm>
                            <DescriptionListDescription>
                                {t(`meaning.${state}`)}
                            </DescriptionListDescription>
                        </DescriptionListGroup>
                    ))}
                </DescriptionList>
            }>
            <Button variant="link" isInline icon={<OutlinedQuestionCircleIcon />}>
                {t('legend.open')}
            </Button>
        </Popover>
    );
}
