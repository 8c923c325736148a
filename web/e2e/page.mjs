// The folder page in a real browser: node e2e/page.mjs ADDRESS [SHOTS]
//
// ADDRESS shows a folder with at least two tracks that Chromium plays, of ten seconds or more.
// SHOTS is a folder for screenshots. Failures of the server are played by intercepting its
// answers, so that any running server will do. Leaves with 1 when a check fails or the page
// wrote an error to its console. CHROMIUM names another browser than Debian's.
import assert from 'node:assert/strict';
import {
  address,
  advances,
  audio,
  axeFindsNothing,
  check,
  finish,
  id,
  loudness,
  narrow,
  near,
  noSidewaysScroll,
  phase,
  session,
  shot,
  tracksOf,
  wide,
} from './lib.mjs';

const folderApi = '**/api/v1/folder?*';

await session('playing', {}, async (page) => {
  await check('the folder is listed', async () => {
    await page.goto(address);
    await id(page, 'tracks').waitFor();
    assert.ok((await tracksOf(page).count()) >= 2, 'want two playable tracks');
    assert.notEqual((await id(page, 'folder-name').textContent()).trim(), '');
    assert.ok(await id(page, 'breadcrumb').isVisible());
  });

  await check('before a track is chosen the keys leave the page alone', async () => {
    await page.keyboard.press('Space');
    await phase(page, 'idle');
  });

  const first = tracksOf(page).first();
  const path = await first.getAttribute('data-path');

  await check('a click plays the track: time advances and there is sound', async () => {
    await first.getByTestId('track-play').click();
    await phase(page, 'playing');
    await advances(page);
    const rms = await loudness(page);
    assert.ok(rms > 0.001, `silent: RMS ${rms}`);
    assert.equal(await first.getAttribute('data-current'), 'true');
  });

  await check('the file is to be had by ranges', async () => {
    const answer = await page.evaluate(async (src) => {
      const r = await fetch(encodeURI(src), { headers: { Range: 'bytes=0-1' } });
      return { status: r.status, range: r.headers.get('Content-Range') };
    }, path);
    assert.equal(answer.status, 206);
    assert.match(answer.range ?? '', /^bytes 0-1\/\d+$/);
  });

  await check('elapsed, total and what is buffered are shown', async () => {
    assert.match(await id(page, 'total').textContent(), /\d:\d\d/);
    assert.match(await id(page, 'elapsed').textContent(), /\d:\d\d/);
    await id(page, 'buffered').first().waitFor({ state: 'attached' });
  });

  await check('the Media Session knows the track', async () => {
    const said = await page.evaluate(() => {
      const m = navigator.mediaSession;
      const { title, artwork } = m.metadata;
      return { title, artwork: artwork.map((a) => a.src), state: m.playbackState };
    });
    assert.equal(said.title, await id(page, 'now-title').textContent());
    assert.equal(said.state, 'playing');
    for (const src of said.artwork) assert.match(src, /^https?:\/\//);
    assert.ok((await page.title()).startsWith(said.title));
  });

  const length = await audio(page, (a) => a.duration);

  await check('a click on the seek bar seeks', async () => {
    const box = await id(page, 'seek').boundingBox();
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await page.waitForTimeout(300);
    near(await audio(page, (a) => a.currentTime), length / 2, 1.5, 'place');
    await phase(page, 'playing');
    await advances(page);
  });

  await check('a drag seeks once, where it is let go', async () => {
    const box = await id(page, 'seek').boundingBox();
    const y = box.y + box.height / 2;
    const before = await page.evaluate(() => {
      window.seeks = 0;
      document
        .querySelector('[data-testid=audio]')
        .addEventListener('seeking', () => window.seeks++);
    });
    assert.equal(before, undefined);
    await page.mouse.move(box.x + box.width / 2, y);
    await page.mouse.down();
    for (const part of [0.4, 0.3, 0.25]) await page.mouse.move(box.x + box.width * part, y);
    await page.mouse.up();
    await page.waitForTimeout(300);
    near(await audio(page, (a) => a.currentTime), length / 4, 1.5, 'place');
    assert.equal(await page.evaluate(() => window.seeks), 1);
  });

  await check('keys on the seek bar move five seconds', async () => {
    await id(page, 'play-pause').click();
    await phase(page, 'paused');
    await id(page, 'seek').focus();
    await page.keyboard.press('Home');
    await page.waitForTimeout(200);
    near(await audio(page, (a) => a.currentTime), 0, 0.1, 'after Home');
    await page.keyboard.press('ArrowRight');
    await page.waitForTimeout(200);
    near(await audio(page, (a) => a.currentTime), 5, 0.2, 'after Right');
    assert.match(await id(page, 'seek').getAttribute('aria-valuetext'), /^5 seconds of /);
  });

  await check('the keyboard works anywhere on the page', async () => {
    await page.evaluate(() => document.activeElement?.blur());
    await page.keyboard.press('Space');
    await phase(page, 'playing');
    await page.keyboard.press('Space');
    await phase(page, 'paused');
    const at = await audio(page, (a) => a.currentTime);
    await page.keyboard.press('ArrowLeft');
    await page.waitForTimeout(200);
    near(await audio(page, (a) => a.currentTime), Math.max(0, at - 5), 0.3, 'after Left');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    assert.equal(await id(page, 'volume').inputValue(), '0.9');
    await page.keyboard.press('ArrowUp');
    assert.equal(await id(page, 'volume').inputValue(), '0.95');
    await page.keyboard.press('m');
    assert.equal(await audio(page, (a) => a.muted), true);
    await page.keyboard.press('m');
    assert.equal(await audio(page, (a) => a.muted), false);
    await page.keyboard.press('n');
    await page.waitForFunction(
      (p) => document.querySelector('[data-current]')?.getAttribute('data-path') !== p,
      path,
    );
    await phase(page, 'playing');
    await page.keyboard.press('p');
    await page.waitForFunction(
      (p) => document.querySelector('[data-current]')?.getAttribute('data-path') === p,
      path,
    );
    await phase(page, 'playing');
  });

  await check('keys in the filter box are letters', async () => {
    await page.keyboard.press('/');
    assert.equal(
      await page.evaluate(() => document.activeElement?.getAttribute('data-testid')),
      'filter',
    );
    await page.keyboard.type('n m p ');
    assert.equal(await id(page, 'filter').inputValue(), 'n m p ');
    assert.equal(await audio(page, (a) => a.muted), false);
    await phase(page, 'playing');
    await page.keyboard.press('Escape');
    assert.equal(await id(page, 'filter').inputValue(), '');
    await page.keyboard.press('Escape');
  });

  await check('the filter narrows the list and says so', async () => {
    const title = await first.getByTestId('track-play').textContent();
    await id(page, 'filter').fill(title.toUpperCase());
    await page.waitForFunction(() =>
      /\d match/.test(document.querySelector('[data-testid=filter-status]').textContent),
    );
    assert.ok((await id(page, 'track').count()) >= 1);
    await id(page, 'filter').fill('no such track anywhere');
    await id(page, 'filter-none').waitFor();
    await axeFindsNothing(page);
    await id(page, 'filter-clear').click();
    await id(page, 'tracks').waitFor();
  });

  await check('a signed link is copied, and it works', async () => {
    await first.hover();
    await first.getByTestId('track-copy-link').click();
    await id(page, 'toast').waitFor();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    assert.ok(link.startsWith(new URL(address).origin), link);
    assert.match(link, /[?&](token|expires)=/);
    const status = await page.evaluate(
      async (l) => (await fetch(l, { headers: { Range: 'bytes=0-0' } })).status,
      link,
    );
    assert.ok(status === 206 || status === 200, `the link answers ${status}`);
    await shot(page, 'toast-1440');
    await id(page, 'toast-dismiss').first().click();
  });

  await check('the file can be downloaded', async () => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      first.getByTestId('track-download').click(),
    ]);
    assert.equal(download.suggestedFilename(), decodeURIComponent(path.split('/').at(-1)));
    await download.cancel();
  });

  await check('volume, mute and place are remembered', async () => {
    await id(page, 'seek').fill('7');
    await page.keyboard.press('m');
    // Leaving the page writes the place.
    await page.reload();
    await id(page, 'tracks').waitFor();
    assert.equal(await audio(page, (a) => a.muted), true);
    await id(page, 'mute').click();
    assert.equal(await id(page, 'volume').inputValue(), '0.95');
    await tracksOf(page).first().getByTestId('track-place').waitFor();
    await tracksOf(page).first().getByTestId('track-play').click();
    await phase(page, 'playing');
    const at = await audio(page, (a) => a.currentTime);
    assert.ok(at >= 6.5, `resumed at ${at}`);
  });

  await check('the player survives going to another folder and back', async () => {
    const crumb = id(page, 'folder').first();
    if ((await crumb.count()) === 0) return;
    await crumb.click();
    await page.waitForURL(/path=/);
    await phase(page, 'playing');
    await advances(page);
    await page.goBack();
    await id(page, 'tracks').waitFor();
    await phase(page, 'playing');
  });

  await check('a copied page address opens with its track at its second', async () => {
    await id(page, 'seek').fill('6');
    await id(page, 'copy-moment').click();
    await id(page, 'toast').waitFor();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(link, /[?&]track=\//);
    await page.goto(link);
    await phase(page, 'paused');
    await page.waitForFunction(
      () => document.querySelector('[data-testid=audio]').currentTime >= 5.5,
    );
    assert.equal(
      await page.locator('[data-current]').getAttribute('data-path'),
      new URL(link).searchParams.get('track'),
    );
    await page.keyboard.press('Space');
    await phase(page, 'playing');
  });

  await check('the shortcuts open, close and give the focus back', async () => {
    await id(page, 'shortcuts').click();
    await id(page, 'shortcuts-dialog').waitFor();
    await axeFindsNothing(page);
    await shot(page, 'shortcuts-1440');
    await page.keyboard.press('Escape');
    await id(page, 'shortcuts-dialog').waitFor({ state: 'detached' });
    assert.equal(
      await page.evaluate(() => document.activeElement?.getAttribute('data-testid')),
      'shortcuts',
    );
  });

  await check('the theme toggles and is remembered', async () => {
    const ground = () =>
      page.evaluate(() => getComputedStyle(document.body.parentElement).colorScheme);
    assert.equal(await id(page, 'theme').getAttribute('data-theme-choice'), 'system');
    await id(page, 'theme').click();
    assert.equal(await ground(), 'light');
    await id(page, 'theme').click();
    assert.equal(await ground(), 'dark');
    await page.reload();
    assert.equal(await ground(), 'dark');
    await id(page, 'theme').click();
    assert.equal(await id(page, 'theme').getAttribute('data-theme-choice'), 'system');
  });
});

for (const colorScheme of ['light', 'dark']) {
  for (const viewport of [wide, narrow]) {
    const phone = viewport === narrow;
    const name = `${viewport.width}-${colorScheme}`;
    const options = { viewport, colorScheme, hasTouch: phone, isMobile: phone };
    await session(name, options, async (page) => {
      await check(`${name}: idle`, async () => {
        await page.goto(address);
        await id(page, 'tracks').waitFor();
        await noSidewaysScroll(page);
        await axeFindsNothing(page);
        await shot(page, `idle-${name}`);
      });
      await check(`${name}: playing`, async () => {
        const track = tracksOf(page).nth(1);
        if (phone) await track.getByTestId('track-play').tap();
        else await track.getByTestId('track-play').click();
        await phase(page, 'playing');
        await id(page, 'seek').fill('6');
        await noSidewaysScroll(page);
        await axeFindsNothing(page);
        await shot(page, `playing-${name}`);
      });
      if (phone) {
        await check(`${name}: a tap on the seek bar seeks`, async () => {
          const box = await id(page, 'seek').boundingBox();
          assert.ok(box.height >= 32, `the seek bar is ${box.height}px high`);
          await page.touchscreen.tap(box.x + box.width * 0.7, box.y + box.height / 2);
          await page.waitForTimeout(300);
          const [at, of] = await audio(page, (a) => [a.currentTime, a.duration]);
          near(at, of * 0.7, 2, 'place');
        });
      }
      await check(`${name}: the track's sheet`, async () => {
        await tracksOf(page).first().getByTestId('track-more').click();
        await id(page, 'track-sheet').waitFor();
        await axeFindsNothing(page);
        const bar = await id(page, 'player').boundingBox();
        near(bar.y + bar.height, viewport.height, 1, "the foot of the player's bar");
        await shot(page, `sheet-${name}`);
        await id(page, 'sheet-copy-link').click();
        await id(page, 'toast').waitFor();
        await id(page, 'track-sheet').waitFor({ state: 'detached' });
      });
    });
  }
}

const problem = (status, code, title) => ({
  status,
  contentType: 'application/problem+json',
  body: JSON.stringify({ type: 'about:blank', title, status, code, request_id: 'req-7f3a' }),
});
const folderOfTracks = (tracks) => ({
  contentType: 'application/json',
  body: JSON.stringify({ path: '/', name: 'music', folders: [], tracks }),
});
const start = new URL('/', address).href;

const states = [
  {
    name: 'empty',
    answer: folderOfTracks([]),
    testid: 'empty',
    says: /Put music files/,
  },
  {
    name: 'error',
    answer: problem(500, 'internal', 'Internal Server Error'),
    testid: 'failed',
    says: /Something went wrong[\s\S]*req-7f3a/,
  },
  {
    name: 'signed-only',
    answer: problem(403, 'forbidden', 'Forbidden'),
    testid: 'signed-only',
    says: /signed links only/,
  },
  {
    name: 'missing',
    answer: problem(404, 'not_found', 'Not Found'),
    testid: 'failed',
    says: /no such folder/,
  },
  {
    name: 'malformed',
    answer: { contentType: 'application/json', body: '{"path":7}' },
    testid: 'failed',
    says: /not understood/,
  },
  {
    name: 'unplayable',
    answer: folderOfTracks([
      {
        path: '/tape.wma',
        name: 'tape.wma',
        size: 2_400_000,
        modified: '2026-11-24T07:00:00Z',
        type: 'audio/x-ms-wma',
      },
    ]),
    testid: 'track-unplayable',
    says: /cannot play WMA/,
  },
];
for (const { name, answer, testid, says } of states) {
  for (const viewport of [wide, narrow]) {
    const colorScheme = viewport === wide ? 'light' : 'dark';
    const options = { viewport, colorScheme, expected: /Failed to load resource/ };
    await session(`${name}-${viewport.width}`, options, async (page) => {
      await check(`${name} at ${viewport.width}: the page says what is the case`, async () => {
        await page.route(folderApi, (route) => route.fulfill(answer));
        await page.goto(start);
        await id(page, testid).first().waitFor();
        assert.match(await page.locator('main').textContent(), says);
        await noSidewaysScroll(page);
        await axeFindsNothing(page);
        await shot(page, `${name}-${viewport.width}-${colorScheme}`);
      });
    });
  }
}

await session('loading', {}, async (page) => {
  await check('loading: a skeleton holds the place and nothing jumps', async () => {
    let go;
    const gate = new Promise((done) => {
      go = done;
    });
    await page.route(folderApi, async (route) => {
      await gate;
      await route.continue();
    });
    await page.goto(address);
    await id(page, 'loading').waitFor();
    await axeFindsNothing(page);
    await shot(page, 'loading-1440');
    await page.evaluate(() => {
      window.shift = 0;
      new PerformanceObserver((list) => {
        for (const e of list.getEntries()) window.shift += e.value;
      }).observe({ type: 'layout-shift', buffered: true });
    });
    go();
    await id(page, 'tracks').waitFor();
    await page.waitForTimeout(500);
    const shift = await page.evaluate(() => window.shift);
    assert.ok(shift < 0.05, `layout shift ${shift}`);
  });
});

await session('offline', { expected: /Failed to load resource|ERR_/ }, async (page, context) => {
  await check('offline: the page says so, and comes back by itself', async () => {
    await page.goto(address);
    await id(page, 'tracks').waitFor();
    await context.setOffline(true);
    await id(page, 'offline').waitFor();
    await axeFindsNothing(page);
    await shot(page, 'offline-1440');
    await context.setOffline(false);
    await id(page, 'offline').waitFor({ state: 'detached' });
  });
});

await session('media', { expected: /Failed to load resource|ERR_/ }, async (page) => {
  const media = (url) => !/^\/(api|\.segue)\/|^\/$/.test(url.pathname);
  await check('a broken connection is retried once, then play goes on', async () => {
    await page.goto(address);
    await id(page, 'tracks').waitFor();
    await page.route(media, (route) => route.abort('connectionreset'));
    await tracksOf(page).first().getByTestId('track-play').click();
    await id(page, 'player-retrying').waitFor();
    await page.unroute(media);
    await phase(page, 'playing');
    await advances(page);
  });
  await check('a connection that stays broken ends in a message and "try again"', async () => {
    await page.route(media, (route) => route.abort('connectionreset'));
    await tracksOf(page).nth(1).getByTestId('track-play').click();
    await id(page, 'player-failure').waitFor();
    assert.equal(await id(page, 'player-failure').getAttribute('data-kind'), 'network');
    await axeFindsNothing(page);
    await shot(page, 'media-failure-1440');
    await page.setViewportSize(narrow);
    await shot(page, 'media-failure-390');
    await page.setViewportSize(wide);
    await page.unroute(media);
    await id(page, 'try-again').click();
    await phase(page, 'playing');
  });
  await check('a file that is not audio is called damaged, and offered', async () => {
    await page.route(media, (route) =>
      route.fulfill({ contentType: 'audio/mpeg', body: 'not audio at all' }),
    );
    await tracksOf(page).first().getByTestId('track-play').click();
    await id(page, 'failure-download').waitFor();
    assert.equal(await id(page, 'player-failure').getAttribute('data-kind'), 'decode');
    await page.unroute(media);
  });
});

await session('clipboard', {}, async (page) => {
  await check('a refused clipboard falls back to a field, all of it selected', async () => {
    await page.addInitScript(() => {
      Object.defineProperty(navigator, 'clipboard', { value: undefined });
    });
    await page.goto(address);
    await id(page, 'tracks').waitFor();
    await tracksOf(page).first().hover();
    await tracksOf(page).first().getByTestId('track-copy-link').click();
    const field = id(page, 'address-field');
    await field.waitFor();
    await page.waitForTimeout(200);
    const [value, selected] = await field.evaluate((f) => [
      f.value,
      f.value.slice(f.selectionStart, f.selectionEnd),
    ]);
    assert.match(value, /[?&](token|expires)=/);
    assert.equal(selected, value);
    await axeFindsNothing(page);
    await shot(page, 'clipboard-refused-1440');
  });
});

await session('still', { reducedMotion: 'reduce' }, async (page) => {
  await check('reduced motion: nothing runs on', async () => {
    await page.goto(address);
    await id(page, 'tracks').waitFor();
    await tracksOf(page).first().getByTestId('track-play').click();
    await phase(page, 'playing');
    await page.waitForTimeout(300);
    const running = await page.evaluate(
      () => document.getAnimations().filter((a) => a.playState === 'running').length,
    );
    assert.equal(running, 0);
  });
});

await finish();
