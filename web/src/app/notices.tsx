// Short messages about what was done: "Key r72f was deleted with 12 servers".
import {
    createContext, use, useCallback, useMemo, useState, type ReactNode
} from 'react';
import {
    Alert, AlertActionCloseButton, AlertGroup, type AlertProps
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';

interface Notice {
    id: number;
    title: string;
    variant: NonNullable<AlertProps['variant']>;
}

type Tell = (title: string, variant?: Notice['variant']) => void;

const TellContext = createContext<Tell>(() => undefined);
const ListContext = createContext<{ list: Notice[]; close: (id: number) => void }>(
    { list: [], close: () => undefined });

let last = 0;

export function NoticesProvider({ children }: { children: ReactNode }) {
    const [list, setList] = useState<Notice[]>([]);
    const tell = useCallback<Tell>((title, variant = 'success') =>
        setList((now) => [...now.slice(-4), { id: ++last, title, variant }]), []);
    const close = useCallback((id: number) =>
        setList((now) => now.filter((notice) => notice.id !== id)), []);
    const shown = useMemo(() => ({ list, close }), [list, close]);

    return (
        <TellContext value={tell}>
            <ListContext value={shown}>{children}</ListContext>
        </TellContext>
    );
}

/** tell(text) shows a message for some seconds; tell(text, 'danger') stays. */
export function useTell(): Tell {
    return use(TellContext);
}

export function Notices() {
    const { t } = useTranslation();
    const { list, close } = use(ListContext);
    return (
        <AlertGroup isToast isLiveRegion aria-label={t('notices')}>
            {list.map(({ id, title, variant }) => (
                <Alert key={id} title={title} variant={variant} component="p"
                    {...(variant !== 'custom' && { variantLabel: t(`message.${variant}`) })}
                    timeout={variant === 'danger' ? false : 8000}
                    onTimeout={() => close(id)}
                    actionClose={
                        <AlertActionCloseButton aria-label={`${t('close')}: ${title}`}
                            onClose={() => close(id)} />
                    } />
            ))}
        </AlertGroup>
    );
}
