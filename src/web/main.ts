/** Where the page starts: the frame around it, and the view that the URL names. */
import { startShell } from './shell/shell.ts';
import { findView } from './views/find-view.ts';

startShell(document.getElementById('app') ?? document.body, findView);
