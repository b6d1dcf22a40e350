// The frame of every page but the login: masthead with the user's menu,
// navigation, the page itself, and short messages about what was done.
import { Suspense, useEffect } from 'react';
import {
    Bullseye, Masthead, MastheadBrand, MastheadContent, MastheadMain,
    MastheadToggle, Page, PageSidebar, PageSidebarBody, PageToggleButton,
    SkipToContent, Spinner, Toolbar, ToolbarContent, ToolbarGroup
} from '@patternfly/react-core';
import { BarsIcon } from '@patternfly/react-icons';
import { useTranslation } from 'react-i18next';
import { Link, Outlet, useLocation } from 'react-router';
import logo from './favicon.svg';
import { Navigation } from './Navigation';
import { UserMenu } from './UserMenu';
import { LookMenu } from './LookMenu';
import { Notices, NoticesProvider } from './notices';

function Header() {
    const { t } = useTranslation();
    return (
        <Masthead display={{ default: 'inline' }}>
            <MastheadMain>
                <MastheadToggle>
                    <PageToggleButton variant="plain" aria-label={t('nav.toggle')}>
                        <BarsIcon />
                    </PageToggleButton>
                </MastheadToggle>
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

/** A new page begins at its top, and screen readers hear of it. */
function useNewPage() {
    const { pathname } = useLocation();
    useEffect(() => {
        document.getElementById('main')?.scrollTo(0, 0);
    }, [pathname]);
}

export function Layout() {
    const { t } = useTranslation();
    useNewPage();
    return (
        <NoticesProvider>
            <Page masthead={<Header />}
                isManagedSidebar
                mainContainerId="main"
                skipToContent={
                    <SkipToContent href="#main">{t('nav.skip')}</SkipToContent>
                }
                sidebar={
                    <PageSidebar>
                        <PageSidebarBody><Navigation /></PageSidebarBody>
                    </PageSidebar>
                }>
                <Suspense fallback={<Bullseye><Spinner aria-label={t('loading')} /></Bullseye>}>
                    <Outlet />
                </Suspense>
            </Page>
            <Notices />
        </NoticesProvider>
    );
}
