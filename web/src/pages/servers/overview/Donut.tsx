// The ring itself, which is a chunk of its own: charts are large. Who cannot
// see or point at it has the legend beside it, which says the same.
import { ChartDonut } from '@patternfly/react-charts/victory';

export interface Slice {
    /** what it is called */
    x: string;
    y: number;
    color: string;
}

const SIZE = 200;

export default function Donut({ slices, title, subTitle, onOpen }: {
    slices: Slice[];
    /** in the middle */
    title: string;
    subTitle: string;
    onOpen: (index: number) => void;
}) {
    return (
        <ChartDonut data={slices} colorScale={slices.map(({ color }) => color)}
            width={SIZE} height={SIZE} title={title} subTitle={subTitle}
            padding={{ top: 5, right: 5, bottom: 5, left: 5 }}
            labels={({ datum }: { datum: Slice }) => `${datum.x}: ${datum.y}`}
            events={[{
                target: 'data',
                eventHandlers: {
                    onClick: () => [{
                        mutation: ({ index }: { index: number }) => {
                            onOpen(index);
                            return null;
                        }
                    }]
                }
            }]} />
    );
}
