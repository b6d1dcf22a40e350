// AGT-5..10, 13: one server by hand, from the package to its registration,
// and away again.
import { Card, CardBody, CardTitle, Title } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { conf, installDeb, installRpm, pointTo, register } from '@/components/agentCommands';
import { CopyBlock } from '@/components/CopyBlock';
import { CopyText } from '@/components/CopyText';
import { Message } from '@/components/Message';

export function AgentSteps({ portal, keyName }: { portal: string; keyName: string }) {
    const { t } = useTranslation('docs');
    const key = keyName === '' ? 'my-key' : keyName;
    return (
        <>
            <Card>
                <CardTitle component="h2">{t('install.title')}</CardTitle>
                <CardBody>
                    <div className="ep-stack">
                        <Message variant="info" title={t('install.notHere')} />
                        <p>{t('install.package')}</p>
                        <CopyText label={t('install.rpm')}>{installRpm}</CopyText>
                        <CopyText label={t('install.deb')}>{installDeb}</CopyText>
                        <p>{t('install.point')}</p>
                        <CopyBlock label={t('install.pointLabel')}>{pointTo(portal)}</CopyBlock>
                        <p>{t('install.register')}</p>
                        <CopyText label={t('install.registerLabel')}>{register(key)}</CopyText>
                        <p>{t('install.check')}</p>
                        <CopyText label={t('install.checkLabel')}>kcarectl --update</CopyText>
                    </div>
                </CardBody>
            </Card>
            <Card>
                <CardTitle component="h2">{t('conf.title')}</CardTitle>
                <CardBody>
                    <div className="ep-stack">
                        <p>{t('conf.body')}</p>
                        <CopyBlock label={t('conf.label')}>{conf(portal)}</CopyBlock>
                        <ul className="ep-list">
                            <li><code>AUTO_UPDATE</code>: {t('conf.autoUpdate')}</li>
                            <li><code>PATCH_SERVER</code>: {t('conf.patchServer')}</li>
                            <li><code>REGISTRATION_URL</code>: {t('conf.registrationUrl')}</li>
                        </ul>
                        <Title headingLevel="h3" size="md">{t('conf.mail')}</Title>
                        <p>{t('conf.mailBody')}</p>
                        <CopyText label={t('conf.mail')}>MAILTO=admin@example.com</CopyText>
                    </div>
                </CardBody>
            </Card>
            <Card>
                <CardTitle component="h2">{t('move.title')}</CardTitle>
                <CardBody>
                    <div className="ep-stack">
                        <p>{t('move.address')}</p>
                        <CopyBlock label={t('move.addressLabel')}>{pointTo(portal)}</CopyBlock>
                        <p>{t('move.key')}</p>
                        <CopyBlock label={t('move.keyLabel')}>
                            {`kcarectl --unregister\n${register(key)}`}
                        </CopyBlock>
                        <p>{t('move.away')}</p>
                        <CopyText label={t('move.awayLabel')}>kcarectl --unregister</CopyText>
                    </div>
                </CardBody>
            </Card>
        </>
    );
}
