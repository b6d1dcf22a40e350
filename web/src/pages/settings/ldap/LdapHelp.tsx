// The syntax of each LDAP setting with examples (LDAP-4..25, 31..39).
import {
    Button, DescriptionList, DescriptionListDescription,
    DescriptionListGroup, DescriptionListTerm, Title
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { CopyBlock } from '@/components/CopyBlock';
import { CopyText } from '@/components/CopyText';
import { examples, type Edit } from './values';

const AD_NESTED = 'dc=example,dc=com??sub?(&(sAMAccountName=%s)'
    + '(memberOf:1.2.840.113556.1.4.1941:=cn=portal,dc=example,dc=com))';

function Terms({ rows }: { rows: [string, string][] }) {
    return (
        <DescriptionList isCompact isHorizontal
            horizontalTermWidthModifier={{ default: '9rem' }}>
            {rows.map(([term, meaning]) => (
                <DescriptionListGroup key={term}>
                    <DescriptionListTerm><code>{term}</code></DescriptionListTerm>
                    <DescriptionListDescription>{meaning}</DescriptionListDescription>
                </DescriptionListGroup>
            ))}
        </DescriptionList>
    );
}

/** Something to copy below what it is; long ones wrap. */
function Labelled({ label, children }: { label: string; children: string }) {
    return (
        <div>
            <div className="ep-subtle">{label}</div>
            {children.length > 40
                ? <CopyBlock label={label}>{children}</CopyBlock>
                : <CopyText label={label}>{children}</CopyText>}
        </div>
    );
}

function Example({ name, onUse }: {
    name: keyof typeof examples;
    onUse: (example: Edit) => void;
}) {
    const { t } = useTranslation('settings');
    const example = examples[name];
    const parts = [
        ['url', example.url],
        ['connectionString', example.connection_string],
        ['filter', example.filter]
    ] as const;
    return (
        <>
            <Title headingLevel="h4">{t(`ldap.help.${name}`)}</Title>
            {parts.map(([label, value]) => value !== undefined && value !== '' && (
                <Labelled key={label} label={t(`ldap.${label}`)}>{value}</Labelled>
            ))}
            <div>
                <Button variant="secondary" size="sm" onClick={() => onUse(example)}
                    aria-label={`${t('ldap.help.use')}: ${t(`ldap.help.${name}`)}`}>
                    {t('ldap.help.use')}
                </Button>
            </div>
        </>
    );
}

export function LdapHelp({ onUse }: { onUse: (example: Edit) => void }) {
    const { t } = useTranslation('settings');
    return (
        <div className="ep-stack">
            <Title headingLevel="h3" size="md">{t('ldap.url')}</Title>
            <code>{t('ldap.help.urlFormat')}</code>
            <Terms rows={[
                ['ldap', t('ldap.help.schemeLdap')],
                ['ldaps', t('ldap.help.schemeLdaps')]
            ]} />
            <p>{t('ldap.help.params')}</p>
            <Terms rows={[
                ['timeout=30', t('ldap.help.timeout')],
                ['strict_check=0', t('ldap.help.strictCheck')],
                ['tls=0', t('ldap.help.tls')]
            ]} />
            <Labelled label={t('ldap.example')}>
                ldap://ldap.forumsys.com?tls=0&timeout=30
            </Labelled>
            <Title headingLevel="h3" size="md">{t('ldap.connectionString')}</Title>
            <p>{t('ldap.help.connection')}</p>
            <Labelled label={t('ldap.help.openldap')}>uid=%s,dc=example,dc=com</Labelled>
            <Labelled label={t('ldap.help.ad')}>%s@example.com</Labelled>
            <Labelled label={t('ldap.help.byName')}>cn=%s,dc=example,dc=com</Labelled>
            <Title headingLevel="h3" size="md">{t('ldap.filter')}</Title>
            <code>{t('ldap.help.filterFormat')}</code>
            <Terms rows={[
                ['base', t('ldap.help.base')],
                ['scope', t('ldap.help.scope')],
                ['filter', t('ldap.help.filter')]
            ]} />
            <Labelled label={t('ldap.help.adNested')}>{AD_NESTED}</Labelled>
            <Title headingLevel="h3" size="md">{t('ldap.help.whole')}</Title>
            <Example name="basic" onUse={onUse} />
            <Example name="group" onUse={onUse} />
        </div>
    );
}
