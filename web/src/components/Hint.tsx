// The line below a field: how to fill it, or what is wrong with it.
import type { ReactNode } from 'react';
import { FormHelperText, HelperText, HelperTextItem } from '@patternfly/react-core';

export function Hint({ id, error = false, children }: {
    /** for the field's aria-describedby */
    id: string;
    error?: boolean;
    children: ReactNode;
}) {
    return (
        <FormHelperText>
            <HelperText id={id} aria-live={error ? 'polite' : 'off'}>
                <HelperTextItem variant={error ? 'error' : 'default'}>{children}</HelperTextItem>
            </HelperText>
        </FormHelperText>
    );
}
