import { createRootRoute, createRoute, createRouter } from '@tanstack/react-router';
import { FolderPage } from '../catalog/page';
import { parse, read, stringify } from './address';
import { Crashed, NotFound, Shell } from './shell';

const rootRoute = createRootRoute({
  component: Shell,
  notFoundComponent: NotFound,
  errorComponent: Crashed,
});

const folderRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  validateSearch: read,
  component: FolderPage,
});

export const router = createRouter({
  routeTree: rootRoute.addChildren([folderRoute]),
  parseSearch: parse,
  stringifySearch: stringify,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
