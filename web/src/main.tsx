// The dashboard's entry: puts the page into the document.

import { render } from 'preact';
import { Page } from './page.tsx';
import './style.css';

const place = document.getElementById('app');
if (place !== null) render(<Page />, place);
