// The fields of a key (KEY-8..11, NEW-KEY-1), for a new one and for editing.
import type { ReactNode } from 'react';
import {
    ActionGroup, Alert, Checkbox, Form, FormGroup, FormHelperText, FormSelect,
    FormSelectOption, HelperText, HelperTextItem, Radio, TextInput
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { useApi } from '@/api/hooks';
import { useErrorText } from '@/components/errors';
import { fieldOf, type Field, type useKeyForm } from './form';
import { keyProducts } from './keys';

type KeyFormState = ReturnType<typeof useKeyForm>;

/** What is wrong with a field, by us or by the portal. */
function useProblem(form: KeyFormState): (field: Field) => string | null {
    const { t } = useTranslation('keys');
    const text = useErrorText();
    return (field) => {
        const known = form.problems[field];
        return known !== undefined ? t(`problem.${known}`)
            : form.error !== null && fieldOf(form.error) === field ? text(form.error)
            : null;
    };
}

function Help({ id, text, problem }: { id: string; text?: string; problem: string | null }) {
    return (
        <FormHelperText>
            <HelperText id={id} isLiveRegion>
                {problem !== null
                    ? <HelperTextItem variant="error">{problem}</HelperTextItem>
                    : text !== undefined && <HelperTextItem>{text}</HelperTextItem>}
            </HelperText>
        </FormHelperText>
    );
}

function TextField({ form, field, label, help, readOnly = false }: {
    form: KeyFormState;
    field: 'key' | 'note' | 'limit';
    label: string;
    help: string;
    readOnly?: boolean;
}) {
    const problem = useProblem(form)(field);
    return (
        <FormGroup label={label} fieldId={`key-${field}`}>
            <TextInput id={`key-${field}`} value={form.values[field]} autoComplete="off"
                aria-describedby={`key-${field}-help`} spellCheck={field === 'note'}
                inputMode={field === 'limit' ? 'numeric' : 'text'}
                className={field === 'limit' ? 'ep-short-input' : ''}
                {...(readOnly && { readOnlyVariant: 'default' })}
                validated={problem === null ? 'default' : 'error'}
                onChange={(_, value) => form.set({ [field]: value })} />
            <Help id={`key-${field}-help`} text={help} problem={problem} />
        </FormGroup>
    );
}

function FeedField({ form }: { form: KeyFormState }) {
    const { t } = useTranslation('keys');
    const feeds = useApi('/admin/api/feeds');
    const problem = useProblem(form)('feed');
    const names = feeds.data?.result.map(({ name }) => name) ?? [form.values.feed];
    return (
        <FormGroup label={t('column.feed')} fieldId="key-feed">
            <FormSelect id="key-feed" value={form.values.feed} aria-describedby="key-feed-help"
                className="ep-short-input"
                validated={problem === null ? 'default' : 'error'}
                onChange={(_, feed) => form.set({ feed })}>
                {names.map((name) => (
                    <FormSelectOption key={name} value={name}
                        label={name === 'main' ? t('form.main') : name} />
                ))}
            </FormSelect>
            <Help id="key-feed-help" text={t('form.feedHelp')}
                problem={problem ?? (feeds.error === null ? null : t('problem.noFeeds'))} />
        </FormGroup>
    );
}

function ProductsField({ form }: { form: KeyFormState }) {
    const { t } = useTranslation('keys');
    const { products } = form.values;
    const problem = useProblem(form)('products');
    return (
        <FormGroup role="group" isStack label={t('column.products')} fieldId="key-products">
            <Radio id="products-default" name="products" label={t('form.defaultProducts')}
                description={t('form.defaultProductsHelp')} isChecked={products === null}
                onChange={() => form.set({ products: null })} />
            <Radio id="products-chosen" name="products" label={t('form.chosenProducts')}
                isChecked={products !== null}
                onChange={() => form.set({ products: ['kernel'] })}
                body={products !== null && keyProducts.map((product) => (
                    <Checkbox key={product} id={`product-${product}`}
                        label={t(`product.${product}`)} isChecked={products.includes(product)}
                        onChange={(_, on) => form.set({
                            products: keyProducts.filter((one) =>
                                one === product ? on : products.includes(one))
                        })} />
                ))} />
            <Help id="key-products-help" problem={problem} />
        </FormGroup>
    );
}

export function KeyForm({ form, isNew, note, children, onSubmit }: {
    form: KeyFormState;
    isNew: boolean;
    /** what a change would mean */
    note?: ReactNode;
    /** buttons */
    children: ReactNode;
    onSubmit: () => void;
}) {
    const { t } = useTranslation('keys');
    const text = useErrorText();
    return (
        <Form isWidthLimited onSubmit={(event) => {
            event.preventDefault();
            onSubmit();
        }}>
            {form.error !== null && fieldOf(form.error) === undefined && (
                <Alert isInline component="p" variant="danger" title={text(form.error)} />
            )}
            <TextField form={form} field="key" label={t('column.key')} readOnly={!isNew}
                help={t(isNew ? 'form.keyHelp' : 'form.keyFixed')} />
            <TextField form={form} field="note" label={t('form.note')} help={t('form.noteHelp')} />
            <TextField form={form} field="limit" label={t('form.limit')}
                help={t('form.limitHelp')} />
            <FeedField form={form} />
            <ProductsField form={form} />
            {note}
            <ActionGroup>{children}</ActionGroup>
        </Form>
    );
}
