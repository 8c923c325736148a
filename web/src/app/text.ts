// Every English sentence of the app. A second language is a second file of the same shape.

const plural = new Intl.PluralRules('en');
const number = new Intl.NumberFormat('en');

const seconds = new Intl.NumberFormat('en', {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});
const fraction = new Intl.NumberFormat('en', { maximumFractionDigits: 3 });
const decibels = new Intl.NumberFormat('en', { maximumFractionDigits: 2, signDisplay: 'always' });

const many = (n: number, one: string, other: string): string =>
  `${number.format(n)} ${plural.select(n) === 'one' ? one : other}`;

export const text = {
  locale: 'en',
  brand: 'Segue',

  shell: {
    skip: 'Skip to the tracks',
    home: 'Segue, to the first folder',
    notFound: 'There is no such page',
    notFoundHint: 'The address may be mistyped, or the page has moved.',
    toStart: 'Go to the first folder',
    offline: 'You are offline. What has been loaded goes on playing.',
    crashed: 'This page stopped working',
    crashedHint: 'Reload it. If it happens again, tell whoever runs this server what you did.',
    reload: 'Reload',
    shortcuts: 'Keyboard shortcuts',
    close: 'Close',
    dismiss: 'Dismiss',
    notices: 'Notices',
  },

  theme: {
    system: 'Theme: as the system. Switch to light',
    light: 'Theme: light. Switch to dark',
    dark: 'Theme: dark. Switch to the system’s',
  },

  folder: {
    breadcrumb: 'Folders',
    loading: 'Loading the folder',
    filter: 'Filter this folder',
    filterHint: 'Title, artist, album or file',
    clearFilter: 'Clear the filter',
    filterNone: (q: string) => `Nothing here matches “${q}”`,
    filterNoneHint: 'Subfolders are not searched. Try fewer letters, or clear the filter.',
    filterCount: (n: number) => many(n, 'match', 'matches'),
    filterLoading: (n: number) => `Looking further: ${number.format(n)} tracks read`,
    folders: 'Subfolders',
    tracks: 'Tracks',
    trackCount: (n: number) => many(n, 'track', 'tracks'),
    trackCountMore: (n: number) => `${number.format(n)}+ tracks`,
    folderCount: (n: number) => many(n, 'folder', 'folders'),
    play: 'Play',
    playFolder: (name: string) => `Play ${name} from the first track`,
    more: 'Load more tracks',
    loadingMore: 'Loading more tracks',
    moreFailed: 'The rest of the folder could not be loaded.',
    empty: 'This folder is empty',
    emptyRoot: 'No music here yet',
    emptyHint: 'Put music files or folders of them here, then look again:',
    emptyFormats: 'FLAC, MP3, AAC, Ogg, Opus and WAV play in most browsers.',
    again: 'Look again',
    retry: 'Try again',
    up: 'Go to the first folder',
    signedOnly: 'This server serves signed links only',
    signedOnlyHint:
      'Its folders cannot be browsed. Open a link that you were given; it carries its own permission.',
    requestId: 'Request',
    columns: {
      title: 'Title',
      album: 'Album',
      year: 'Year',
      format: 'Format',
      size: 'Size',
      modified: 'Changed',
    },
  },

  track: {
    play: (title: string) => `Play ${title}`,
    pause: (title: string) => `Pause ${title}`,
    by: (artist: string) => `by ${artist}`,
    resumeAt: (clock: string) => `Resumes at ${clock}`,
    unplayable: (format: string) => `This browser cannot play ${format}`,
    unplayableHint: 'Download the file to play it elsewhere',
    copyLink: (title: string) => `Copy a signed link to ${title}`,
    download: (title: string) => `Download ${title}`,
    more: (title: string) => `More about ${title}`,
    artist: 'Artist',
    album: 'Album',
    number: 'Track',
    year: 'Year',
    file: 'File',
    kind: 'Format',
    bytes: 'Size',
    changed: 'Changed',
    actionPlay: 'Play',
    actionCopyLink: 'Copy signed link',
    actionCopyPage: 'Copy page address',
    actionDownload: 'Download file',
  },

  link: {
    copied: (until: string) => `Signed link copied. It works until ${until}.`,
    pageCopied: (clock: string) => `Page address copied, starting at ${clock}.`,
    title: 'Copy this link',
    refused: 'The browser did not allow copying. Select the address and copy it yourself.',
    field: 'Address',
    failed: (why: string) => `No link was made. ${why}`,
  },

  player: {
    region: 'Player',
    idle: 'Nothing playing',
    idleHint: 'Choose a track to start',
    play: 'Play',
    pause: 'Pause',
    previous: 'Previous track',
    next: 'Next track',
    seek: 'Position',
    seekValue: (at: string, of: string) => `${at} of ${of}`,
    volume: 'Volume',
    mute: 'Mute',
    unmute: 'Unmute',
    elapsed: 'Elapsed',
    total: 'Length',
    unknownLength: 'unknown length',
    retrying: 'Connection lost. Trying again',
    details: (title: string) => `About ${title}`,
    openFolder: (name: string) => `Open the folder ${name}`,
    copyMoment: 'Copy the page address at this moment',
    tryAgain: 'Try again',
    cannotPlay: (codec: string) =>
      `This browser cannot play ${codec}. Download the file to play it elsewhere.`,
    serverSays: (reason: string) => `The server says: ${reason}`,
    failure: {
      network: 'The connection was lost. Check the network, then try again.',
      refused: 'The server refused this track. Its link may have run out; open the folder again.',
      missing: 'This file is no longer there. It may have been moved or renamed.',
      decode: 'This file is damaged: the browser could not decode it. Download it to look closer.',
      unsupported: 'This browser cannot play this file. Download it to play it elsewhere.',
      blocked: 'The browser waits for you: press play to start.',
    },
  },

  panel: {
    title: 'Technical details',
    open: ': technical details',
    none: 'Details',
    close: 'Close the technical details',
    delivery: 'Delivery',
    by: {
      nothing: '–',
      hls: 'HLS',
      album: 'HLS, the folder as one',
      native: 'HLS by the browser',
      stream: (why: string) => `Stream, because ${why}`,
    },
    why: {
      off: 'the server gives no HLS',
      browser: 'this browser has no HLS',
      indexing: 'the server is still reading the file',
      refused: 'the server cannot package this file',
      codec: 'this browser plays the codec only so',
      unreachable: 'HLS could not be reached',
      broke: 'HLS broke off',
    },
    codec: 'Codec',
    rendition: 'Rendition',
    sound: 'Sound',
    rate: (hertz: number) => `${number.format(hertz / 1000)} kHz`,
    bits: (n: number) => `${number.format(n)} bit`,
    channels: (n: number) =>
      n === 1 ? 'mono' : n === 2 ? 'stereo' : many(n, 'channel', 'channels'),
    bitrate: 'Bitrate',
    bitrateNow: 'Bitrate, this segment',
    kilobits: (bits: number) => `${number.format(Math.round(bits / 1000))} kbit/s`,
    buffer: 'Buffer ahead',
    seconds: (s: number) => `${seconds.format(s)} s`,
    segment: 'Segment',
    of: (n: number, all: number) => `${number.format(n)} of ${number.format(all)}`,
    gapless: 'Delay and padding',
    samples: (delay: number, padding: number) =>
      `${number.format(delay)} + ${many(padding, 'sample', 'samples')}`,
    from: (source: string) => `from ${source}`,
    source: { exact: 'the codec, which adds none', guess: 'a guess' } as Record<string, string>,
    unknown: 'not known',
    trimmed: 'cut away',
    loudness: 'Loudness',
    gain: (db: number) => `${decibels.format(db)} dB`,
    peak: (p: number) => `peak ${fraction.format(p)}`,
    albumGain: (db: number) => `album ${decibels.format(db)} dB`,
    version: 'Version',
    notes: 'Notes',
  },

  failure: {
    offline: {
      title: 'You are offline',
      hint: 'Connect to the network; this page then tries again by itself.',
    },
    unreachable: {
      title: 'The server does not answer',
      hint: 'It may be restarting, or the network is in the way. Try again in a moment.',
    },
    refused: {
      title: 'The server refused this',
      hint: 'You may not see this folder. Ask whoever runs the server for a link.',
    },
    missing: {
      title: 'There is no such folder',
      hint: 'It may have been moved or renamed. Go back to the first folder and look from there.',
    },
    busy: {
      title: 'The server is busy',
      hint: 'Wait a little, then try again.',
    },
    server: {
      title: 'Something went wrong on the server',
      hint: 'Try again. If it stays, give the request below to whoever runs the server.',
    },
    invalid: {
      title: 'The server did not accept this address',
      hint: 'The address may be mistyped. Go back to the first folder and look from there.',
    },
    malformed: {
      title: 'The server’s answer was not understood',
      hint: 'This page and the server may be of different versions. Reload the page.',
    },
  },

  shortcuts: [
    { keys: ['Space'], does: 'Play or pause' },
    { keys: ['←', '→'], does: 'Back or forward 5 seconds' },
    { keys: ['↑', '↓'], does: 'Volume up or down' },
    { keys: ['M'], does: 'Mute' },
    { keys: ['N', 'P'], does: 'Next or previous track' },
    { keys: ['/'], does: 'Filter this folder' },
    { keys: ['?'], does: 'Show these shortcuts' },
  ],
} as const;
