// Where the console begins.
import '@patternfly/react-core/dist/styles/base.css';
import './app/app.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { RouterProvider } from 'react-router/dom';
import { QueryClientProvider } from '@tanstack/react-query';
import { startI18n } from './app/i18n';
import { startIdle } from './app/idle';
import { startTheme } from './app/theme';
import { queryClient } from './app/queries';
import { router } from './app/routes';

startTheme();
startIdle();
await startI18n();
createRoot(document.getElementById('root')!).render(
    <StrictMode>
        <QueryClientProvider client={queryClient}>
            <RouterProvider router={router} />
        </QueryClientProvider>
    </StrictMode>
);
