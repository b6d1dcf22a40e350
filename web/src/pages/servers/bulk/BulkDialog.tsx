// The dialog of whatever is to be done to servers.
import { DeleteDialog } from './DeleteDialog';
import { MoveDialog } from './MoveDialog';
import { TagsDialog } from './TagsDialog';
import type { BulkAction, BulkTarget } from './useBulk';

export function BulkDialog({ action, ...rest }: {
    action: BulkAction;
    target: BulkTarget;
    onClose: () => void;
    onDone: () => void;
}) {
    switch (action) {
    case 'delete': return <DeleteDialog {...rest} />;
    case 'move': return <MoveDialog {...rest} />;
    default: return <TagsDialog action={action} {...rest} />;
    }
}
