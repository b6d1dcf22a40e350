// What a list is filtered by, each with a cross, and one button for all.
import {
    Button, Flex, FlexItem, Label, LabelGroup
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';

export interface Chip {
    key: string;
    text: string;
    onRemove: () => void;
}

export interface ChipGroup {
    name: string;
    chips: Chip[];
}

export function FilterChips({ groups, onClear }: {
    groups: ChipGroup[];
    onClear: () => void;
}) {
    const { t } = useTranslation();
    const shown = groups.filter(({ chips }) => chips.length > 0);
    if (shown.length === 0) {
        return null;
    }
    return (
        <Flex className="ep-chips" spaceItems={{ default: 'spaceItemsSm' }}>
            {shown.map(({ name, chips }) => (
                <FlexItem key={name}>
                    <LabelGroup categoryName={name} numLabels={6}
                        expandedText={t('filter.fewer')}
                        collapsedText={t('filter.more', { count: chips.length - 6 })}>
                        {chips.map(({ key, text, onRemove }) => (
                            <Label key={key} variant="outline" onClose={onRemove}
                                textMaxWidth="24ch"
                                closeBtnAriaLabel={t('filter.remove', { name: text })}>
                                <bdi>{text}</bdi>
                            </Label>
                        ))}
                    </LabelGroup>
                </FlexItem>
            ))}
            <FlexItem>
                <Button variant="link" isInline onClick={onClear}>{t('filter.clear')}</Button>
            </FlexItem>
        </Flex>
    );
}
