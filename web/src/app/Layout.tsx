// The frame of every page but the login: masthead with the user's menu,
// navigation, the page itself, and short messages about what was done.
import { Suspense, useEffect, useRef } from 'react';
import {
    Masthead, MastheadBrand, MastheadContent, MastheadMain, MastheadToggle, Page,
    PageSidebar, PageSidebarBody, PageToggleButton, SkipToContent, Toolbar,
    ToolbarContent, ToolbarGroup
} from '@patternfly/react-core';
import { BarsIcon } from '@patternfly/react-icons';
import { useTranslation } from 'react-i18next';
import { Link, Outlet, useLocation } from 'react-router';
import logo from './favicon.svg';
import { useOtherTabs, useSession } from '@/api/session';
import { Loading } from '@/components/Loading';
import { Navigation } from './Navigation';
import { UserMenu } from './UserMenu';
import { LookMenu } from './LookMenu';
import { Notices, NoticesProvider } from './notices';
import { Warnings } from './Warnings';

function Header({ toggle }: { toggle: boolean }) {
    const { t } = useTranslation();
    return (
        <Masthead display={{ default: 'inline' }}>
            <MastheadMain>
                {toggle && (
                    <MastheadToggle>
                        <PageToggleButton variant="plain" aria-label={t('nav.toggle')}>
                            <BarsIcon />
                        </PageToggleButton>
                    </MastheadToggle>
                )}
                <MastheadBrand>
                    <Link to="/" className="ep-brand">
                        <img src={logo} alt="" width="28" height="28" />
                        ePortal
                    </Link>
                </MastheadBrand>
            </MastheadMain>
            <MastheadContent>
                <Toolbar isStatic>
                    <ToolbarContent>
                        <ToolbarGroup variant="action-group-plain" align={{ default: 'alignEnd' }}>
                            <LookMenu />
                            <UserMenu />
                        </ToolbarGroup>
                    </ToolbarContent>
                </Toolbar>
            </MastheadContent>
        </Masthead>
    );
}

/**
 * A new page begins at its top, and has the focus, so that screen readers hear
 * of it and Tab goes on from there. A field that took it already keeps it.
 */
function useNewPage() {
    const { pathname } = useLocation();
    const before = useRef(pathname);
    useEffect(() => {
        const main = document.getElementById('main');
        if (before.current !== pathname && main !== null) {
            before.current = pathname;
            main.scrollTo(0, 0);
            if (!main.contains(document.activeElement)) {
                main.focus({ preventScroll: true });
            }
        }
    }, [pathname]);
}

export function Layout() {
    const { t } = useTranslation();
    const { session } = useSession();
    const visitor = session !== undefined && session.user === null;
    useNewPage();
    useOtherTabs();
    return (
        <NoticesProvider>
            <Page masthead={<Header toggle={!visitor} />}
                isManagedSidebar
                banner={<Warnings />}
                mainContainerId="main"
                skipToContent={
                    <SkipToContent href="#main">{t('nav.skip')}</SkipToContent>
                }
                sidebar={!visitor && (
                    <PageSidebar>
                        <PageSidebarBody><Navigation /></PageSidebarBody>
                    </PageSidebar>
                )}>
                <Suspense fallback={<Loading />}>
                    <Outlet />
                </Suspense>
            </Page>
            <Notices />
        </NoticesProvider>
    );
}
