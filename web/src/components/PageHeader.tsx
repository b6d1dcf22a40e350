// The top of a page: its name (also the browser's title), what it is for, and
// what can be done here.
import type { ReactNode } from 'react';
import {
    Content, Flex, FlexItem, PageSection, Title
} from '@patternfly/react-core';

export function PageHeader({ title, description, actions, breadcrumb }: {
    title: string;
    description?: ReactNode;
    actions?: ReactNode;
    breadcrumb?: ReactNode;
}) {
    return (
        <PageSection>
            <title>{`${title} · ePortal`}</title>
            {breadcrumb}
            <Flex justifyContent={{ default: 'justifyContentSpaceBetween' }}>
                <FlexItem>
                    <Title headingLevel="h1">{title}</Title>
                </FlexItem>
                {actions !== undefined && <FlexItem>{actions}</FlexItem>}
            </Flex>
            {description !== undefined && <Content component="p">{description}</Content>}
        </PageSection>
    );
}
