// The navigation: what there is, in the words and the order that
// administrators know. A product without patchsets is not shown.
import { Nav, NavExpandable, NavItem, NavList } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'react-router';
import { useMayChange, useSession } from '@/api/session';
import { useProducts } from '@/api/products';

interface Item {
    to: string;
    text: string;
    /** for administrators: others would see nothing there */
    admin?: boolean;
}

function useGroups(): [string, Item[]][] {
    const { t } = useTranslation();
    const products = useProducts();
    return [
        [t('nav.livePatching'), [
            ...products.map((product) => (
                { to: `/patches/${product}`, text: t(`product.${product}`) })),
            { to: '/feeds', text: t('nav.feeds') },
            { to: '/keys', text: t('nav.keys') }
        ]],
        [t('nav.servers'), [
            { to: '/servers', text: t('nav.serverList') },
            { to: '/tags', text: t('nav.tags') },
            { to: '/overview', text: t('nav.overview') }
        ]],
        [t('nav.settings'), [
            { to: '/settings/source', text: t('nav.source') },
            { to: '/settings/ldap', text: t('nav.ldap'), admin: true },
            { to: '/settings/sso', text: t('nav.sso'), admin: true },
            { to: '/settings/users', text: t('nav.users') },
            { to: '/settings/api-keys', text: t('nav.apiKeys') },
            { to: '/settings/general', text: t('nav.general'), admin: true }
        ]]
    ];
}

export function Navigation() {
    const { t } = useTranslation();
    const { pathname } = useLocation();
    const { session } = useSession();
    const groups = useGroups();
    const admin = useMayChange();
    const isActive = (to: string) =>
        to === '/' ? pathname === '/' : pathname === to || pathname.startsWith(`${to}/`);
    const item = ({ to, text }: Item) => (
        <NavItem key={to} isActive={isActive(to)}>
            <Link to={to}>{text}</Link>
        </NavItem>
    );

    return (
        <Nav aria-label={t('nav.label')}>
            <NavList>
                {item({ to: '/', text: t('nav.dashboard') })}
                {session?.user != null && (
                    <>
                        {groups.map(([title, items]) => (
                            <NavExpandable key={title} title={title} isExpanded
                                isActive={items.some(({ to }) => isActive(to))}>
                                {items.filter((one) => admin || !one.admin).map(item)}
                            </NavExpandable>
                        ))}
                        {admin && item({ to: '/audit', text: t('nav.audit') })}
                        {item({ to: '/jobs', text: t('nav.jobs') })}
                        {item({ to: '/docs', text: t('nav.docs') })}
                        {item({ to: '/about', text: t('nav.about') })}
                    </>
                )}
            </NavList>
        </Nav>
    );
}
