// Errors in the user's language: those of the API that have a text here
// (common.json, "error.<code>"), the portal's English sentence for the rest.
import { useTranslation } from 'react-i18next';
import type { ApiError } from '@/api/client';

export function useErrorText(): (error: ApiError) => string {
    const { t, i18n } = useTranslation();
    return (error) => {
        const key = `error.${error.code}`;
        return i18n.exists(key)
            ? t(key, { seconds: error.retryAfter ?? 60, message: error.message })
            : error.message;
    };
}
