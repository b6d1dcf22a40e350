// A ring and its legend: what share of the selected servers is what. Each part
// leads to its servers, by the ring and by the legend's links.
import { lazy, Suspense, useState, type ReactNode } from 'react';
import { Button, Card, CardBody, CardTitle, Skeleton } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import type { Slice } from './Donut';
import { MORE_GROUPS } from './parts';

const Donut = lazy(() => import('./Donut'));

export interface Part {
    name: string;
    total: number;
    /** its servers */
    to: string;
    /** the number of its colour; in order when it has none */
    color?: Color;
}

export type Color = 'green' | 'orange' | 'gray';

/** More parts than this are one, "Other". */
const SHOWN = 6;

function colorOf({ color }: Part, i: number): string {
    return color ?? `c${(i % SHOWN) + 1}`;
}

function sumOf(parts: Part[]): number {
    return parts.reduce((sum, part) => sum + part.total, 0);
}

function Legend({ parts, rest }: { parts: Part[]; rest: ReactNode }) {
    const { i18n } = useTranslation('overview');
    const number = new Intl.NumberFormat(i18n.language);
    return (
        <ul className="ep-legend">
            {parts.map((part, i) => (
                <li key={part.name}>
                    <span className={`ep-swatch ep-fill-${i < SHOWN ? colorOf(part, i) : 'rest'}`}
                        aria-hidden="true" />
                    {part.total === 0 ? (
                        <span>{part.name}</span>
                    ) : (
                        <Link to={part.to} className="ep-break"><bdi>{part.name}</bdi></Link>
                    )}
                    <span className="ep-number">{number.format(part.total)}</span>
                </li>
            ))}
            {rest}
        </ul>
    );
}

export function DonutCard({ title, parts, children }: {
    title: string;
    parts: Part[];
    /** below the legend */
    children?: ReactNode;
}) {
    const { t, i18n } = useTranslation('overview');
    const navigate = useNavigate();
    const [count, setCount] = useState(SHOWN);
    const number = new Intl.NumberFormat(i18n.language);
    const total = sumOf(parts);
    const shown = parts.slice(0, SHOWN);
    const other = sumOf(parts.slice(SHOWN));
    const rest = parts.slice(count);
    const more = () => setCount(count + MORE_GROUPS);
    const slices: Slice[] = shown.map((part, i) => ({
        x: part.name, y: part.total, color: `var(--ep-${colorOf(part, i)})`
    }));
    if (other > 0) {
        slices.push({ x: t('other'), y: other, color: 'var(--ep-rest)' });
    }
    const open = (index: number) => {
        const part = shown[index];
        if (part === undefined) {
            more();
        } else {
            void navigate(part.to);
        }
    };
    return (
        <Card isCompact component="section">
            <CardTitle component="h2">{title}</CardTitle>
            <CardBody>
                <div className="ep-donut">
                    <div className="ep-ring" aria-hidden="true">
                        <Suspense fallback={
                            <Skeleton shape="circle" width="190px"
                                screenreaderText={t('common:loading')} />
                        }>
                            <Donut slices={slices} title={number.format(total)}
                                subTitle={t('servers', { count: total })} onOpen={open} />
                        </Suspense>
                    </div>
                    <div>
                        <Legend parts={parts.slice(0, count)} rest={rest.length > 0 && (
                            <li>
                                <span className="ep-swatch ep-fill-rest" aria-hidden="true" />
                                <Button variant="link" isInline onClick={more}>
                                    {t('otherCount', { count: rest.length })}
                                </Button>
                                <span className="ep-number">
                                    {number.format(sumOf(rest))}
                                </span>
                            </li>
                        )} />
                        {children}
                    </div>
                </div>
            </CardBody>
        </Card>
    );
}
