// Errors in the user's language: the text of each code of the API
// (common.json, "error.<code>"). What only the portal knows, a name or a
// number, its own sentence tells in English: a text quotes it where it needs it.
import { useTranslation } from 'react-i18next';
import type { ApiError } from '@/api/client';

type Told = Pick<ApiError, 'code' | 'message' | 'retryAfter'>;

export function useErrorText(): (error: Told) => string {
    const { t, i18n } = useTranslation();
    return ({ code, message, retryAfter }) => t(
        i18n.exists(`error.${code}`) ? `error.${code}` : 'error.other',
        { seconds: retryAfter ?? 60, message: message.replace(/\.$/, '') }
    );
}
