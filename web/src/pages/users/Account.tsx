// One's own account: who one is, the password, and where one is logged in.
import {
    Card, CardBody, CardTitle, Content, DescriptionList, DescriptionListDescription,
    DescriptionListGroup, DescriptionListTerm, PageSection
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useSession, type Session } from '@/api/session';
import { Message } from '@/components/Message';
import { PageHeader } from '@/components/PageHeader';
import { ChangePassword } from './ChangePassword';
import { MySessions } from './MySessions';

type Me = NonNullable<Session['user']>;

function WhoIAm({ user }: { user: Me }) {
    const { t } = useTranslation('users');
    const rows: [string, string][] = [
        [t('column.username'), user.username],
        [t('column.role'), t(user.readonly ? 'common:user.readonly' : 'common:user.admin')],
        [t('column.origin'), t(`origin.${user.origin}`)]
    ];
    return (
        <Card component="section">
            <CardTitle component="h2">{t('account.who')}</CardTitle>
            <CardBody>
                <DescriptionList isHorizontal>
                    {rows.map(([name, value]) => (
                        <DescriptionListGroup key={name}>
                            <DescriptionListTerm>{name}</DescriptionListTerm>
                            <DescriptionListDescription className="ep-break">
                                {value}
                            </DescriptionListDescription>
                        </DescriptionListGroup>
                    ))}
                </DescriptionList>
                <Content component="p" className="ep-after">
                    {t(user.readonly ? 'readonly.description' : 'account.admin')}{' '}
                    <Link to="/settings/api-keys">{t('account.apiKeys')}</Link>
                </Content>
            </CardBody>
        </Card>
    );
}

function Password({ user }: { user: Me }) {
    const { t } = useTranslation('users');
    return (
        <Card component="section">
            <CardTitle component="h2">{t('account.password')}</CardTitle>
            <CardBody>
                {user.origin === 'local'
                    ? <ChangePassword username={user.username} />
                    : (
                        <Message variant="info"
                            title={t(`account.elsewhere.${user.origin}`)} />
                    )}
            </CardBody>
        </Card>
    );
}

export default function Account() {
    const { t } = useTranslation('users');
    const { session } = useSession();
    if (session?.user == null) {
        return null;
    }
    return (
        <>
            <PageHeader title={t('account.title')} />
            <PageSection>
                <div className="ep-columns">
                    <WhoIAm user={session.user} />
                    <Password user={session.user} />
                </div>
            </PageSection>
            <MySessions username={session.user.username} />
        </>
    );
}
