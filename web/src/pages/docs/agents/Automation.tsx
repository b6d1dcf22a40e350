// Many servers: Ansible's playbooks of the manual, for today's way.
import { Card, CardBody, CardTitle } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { playbook, playbookRemove } from '@/components/agentCommands';
import { CopyBlock } from '@/components/CopyBlock';

export function Automation({ portal, keyName }: { portal: string; keyName: string }) {
    const { t } = useTranslation('docs');
    return (
        <Card>
            <CardTitle component="h2">{t('ansible.title')}</CardTitle>
            <CardBody>
                <div className="ep-stack">
                    <p>{t('ansible.install')}</p>
                    <CopyBlock label={t('ansible.installLabel')}>
                        {playbook(portal, keyName === '' ? 'my-key' : keyName)}
                    </CopyBlock>
                    <p>{t('ansible.remove')}</p>
                    <CopyBlock label={t('ansible.removeLabel')}>{playbookRemove}</CopyBlock>
                </div>
            </CardBody>
        </Card>
    );
}
