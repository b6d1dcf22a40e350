// Tags, each a link to the servers that have it.
import { Label, LabelGroup } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { serversLink } from '@/components/serversLink';

export function TagLabels({ tags, shown = 3, plain = false }: {
    tags: string[];
    /** the rest is behind a button */
    shown?: number;
    /** no links */
    plain?: boolean;
}) {
    const { t } = useTranslation('servers');
    if (tags.length === 0) {
        return null;
    }
    return (
        <LabelGroup numLabels={shown} aria-label={t('attribute.tag')} isCompact
            collapsedText={t('common:filter.more', { count: tags.length - shown })}
            expandedText={t('common:filter.fewer')}>
            {tags.map((tag) => (plain ? (
                <Label key={tag} isCompact textMaxWidth="18ch"><bdi>{tag}</bdi></Label>
            ) : (
                <Label key={tag} isCompact isClickable textMaxWidth="18ch"
                    render={({ className, content, componentRef }) => (
                        <Link to={serversLink({ tag })} className={className}
                            ref={componentRef}>
                            {content}
                        </Link>
                    )}>
                    <bdi>{tag}</bdi>
                </Label>
            )))}
        </LabelGroup>
    );
}
