// Language and theme, for this browser.
import { useState } from 'react';
import {
    Dropdown, DropdownGroup, DropdownItem, DropdownList, MenuToggle
} from '@patternfly/react-core';
import { LanguageIcon } from '@patternfly/react-icons';
import { useTranslation } from 'react-i18next';
import { changeLanguage, languages } from './i18n';
import { changeTheme, currentTheme, themes } from './theme';

export function LookMenu() {
    const { t, i18n } = useTranslation();
    const [open, setOpen] = useState(false);
    const [theme, setTheme] = useState(currentTheme);

    return (
        <Dropdown isOpen={open} onOpenChange={setOpen}
            popperProps={{ position: 'end', appendTo: 'inline' }}
            toggle={(ref) => (
                <MenuToggle ref={ref} variant="plain" isExpanded={open}
                    aria-label={t('look.label')} onClick={() => setOpen(!open)}>
                    <LanguageIcon />
                </MenuToggle>
            )}>
            <DropdownGroup label={t('look.language')}>
                <DropdownList>
                    {languages.map((language) => (
                        <DropdownItem key={language} lang={language}
                            isSelected={i18n.language === language}
                            onClick={() => void changeLanguage(language)}>
                            {language === 'ja' ? '日本語' : 'English'}
                        </DropdownItem>
                    ))}
                </DropdownList>
            </DropdownGroup>
            <DropdownGroup label={t('look.theme')}>
                <DropdownList>
                    {themes.map((name) => (
                        <DropdownItem key={name} isSelected={theme === name}
                            onClick={() => { changeTheme(name); setTheme(name); }}>
                            {t(`look.${name}`)}
                        </DropdownItem>
                    ))}
                </DropdownList>
            </DropdownGroup>
        </Dropdown>
    );
}
