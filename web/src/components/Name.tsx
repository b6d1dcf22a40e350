// The name of a setting; a narrow column breaks it behind an underscore.
import { Fragment } from 'react';

export function Name({ children }: { children: string }) {
    return (
        <code>
            {children.split('_').map((part, i) => (
                <Fragment key={i}>{i > 0 && <>_<wbr /></>}{part}</Fragment>
            ))}
        </code>
    );
}
