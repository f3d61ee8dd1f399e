import { connect } from '/client.js';
import { Editor } from './editor.js';
import { People } from './people.js';
import { upload, Uploads } from './uploads.js';

const LOGGED = 50;
const TYPING_MS = 2000;
const CURSOR_MS = 200;
const $ = (id) => document.getElementById(id);

/** Asks the application for a token; it knows who its users are. */
async function tokenOf(name) {
  const response = await fetch('/token', { method: 'POST', body: name });
  if (!response.ok) {
    throw Object.assign(new Error(await response.text()), { status: response.status });
  }
  return response.json();
}

function log(text, timestamp) {
  const item = document.createElement('li');
  const time = new Date(timestamp ?? Date.now());
  item.append(
    Object.assign(document.createElement('time'), {
      dateTime: time.toISOString(),
      textContent: time.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }),
    }),
    ` ${text}`,
  );
  $('log').append(item);
  if ($('log').children.length > LOGGED) {
    $('log').firstChild.remove();
  }
  $('log').scrollTop = $('log').scrollHeight;
}

async function open(name, { user, server, room }) {
  $('sign-in').hidden = true;
  $('room').hidden = false;
  $('state').hidden = false;
  const token = async () => (await tokenOf(name)).token;
  const client = connect({ url: server, token });

  // ---- The text

  const people = new People($('people'), user, log, () => editor?.show(people.cursors()));
  const save = (version, text) =>
    token()
      .then((bearer) => fetch('/document', {
        method: 'PUT',
        headers: { Authorization: `Bearer ${bearer}` },
        body: JSON.stringify(text),
      }))
      .catch(() => {}); // The next one is saved then; until that the room's history has it.
  let waiting = 0;
  const tellSaved = (problem) => {
    const way = client.state === 'connected' ? 'Some of it is on its way…' : 'Kept here until the connection is back';
    $('saved').textContent = problem ?? (waiting ? way : 'Everybody has it');
  };
  const editor = new Editor({
    client,
    room,
    user,
    area: $('text'),
    mirror: $('mirror'),
    moved: presence(client, room),
    save,
    tell: (left, problem) => {
      waiting = left;
      tellSaved(problem);
    },
  });
  client.on('room_message', (message) => message.content.edits && editor.receive(message));

  // ---- Uploads

  const uploads = new Uploads($('uploads'), log);
  client.on('upload', (message) => uploads.receive(message));
  $('file').addEventListener('change', async ({ target }) => {
    const files = [...target.files];
    target.value = '';
    await Promise.all(files.map((file) =>
      upload(file, token, () => $('slow').checked).catch((error) => log(`${file.name} was refused: ${error.message}`))));
  });

  // ---- Who is there

  client.on('room_joined', ({ members }) => people.are(members));
  client.on('presence', ({ users }) => people.are(users));
  client.on('presence_diff', (diff) => people.diff(diff));

  client.on('state', ({ state, error }) => {
    $('state').textContent = error?.message ?? state;
    $('state').dataset.state = state;
    tellSaved();
  });
  client.on('reset', async ({ reason }) => {
    log(`The room's history does not reach back to where this page was (${reason})`);
    const kept = await (await fetch('/document')).json();
    if (kept.version > editor.version) {
      editor.begin(kept);
    }
    editor.again();
  });

  // A newcomer has what the application kept, and from its offset on what the room's history has.
  const kept = await (await fetch('/document')).json();
  editor.begin(kept);
  $('text').setSelectionRange($('text').value.length, $('text').value.length);
  people.are((await client.joinRoom(room, { since: { live: kept.offset } })).members);
  editor.send();
  if (matchMedia('(pointer: fine)').matches) { // Elsewhere a keyboard would cover half of the page.
    $('text').focus();
  }
}

/** Shows the others where this cursor is, and whether something is written, a few times a second at most. */
function presence(client, room) {
  let state;
  let told;
  let waits;
  let still;
  const tell = () => {
    waits = undefined;
    if (JSON.stringify(state) !== told) {
      told = JSON.stringify(state);
      client.updatePresence(room, state).catch(() => {}); // The client shows it again when it is connected again.
    }
  };
  return (after, typing) => {
    clearTimeout(still);
    state = { after, typing: typing || Boolean(state?.typing) };
    still = setTimeout(() => {
      state = { ...state, typing: false };
      tell();
    }, TYPING_MS);
    waits ??= setTimeout(tell, CURSOR_MS);
  };
}

// ---- Who one is, a name for each window

async function enter(name) {
  try {
    const answer = await tokenOf(name);
    sessionStorage.setItem('name', name);
    document.title = `${answer.name} · One text, several people`;
    await open(name, answer);
  } catch (error) {
    $('sign-in').hidden = false;
    $('room').hidden = true;
    $('state').hidden = true;
    $('refused').hidden = false;
    $('refused').textContent = error.message;
  }
}

$('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  enter($('name').value.trim());
});

const name = new URLSearchParams(location.search).get('name') ?? sessionStorage.getItem('name');
if (name) {
  enter(name);
} else {
  $('sign-in').hidden = false;
  $('name').focus();
}
