'use strict';

/* The chat page. Model text is only ever put in place by textContent, so it cannot become markup. */

const part = id => document.getElementById(id);
const conversation = [];
let running = null;

function showError(text) {
  part('notice').textContent = text;
  part('notice').hidden = !text;
}

function headers() {
  const key = part('key').value.trim();
  return key ? { 'Content-Type': 'application/json', Authorization: 'Bearer ' + key } : { 'Content-Type': 'application/json' };
}

async function errorOf(response) {
  if (response.status === 401) {
    openSettings(true);
    part('key-row').hidden = false;
    part('key').focus();
    return 'This service needs an API key; enter it in the settings.';
  }
  try {
    return (await response.json()).error.message;
  } catch {
    return 'The service answered with status ' + response.status + '.';
  }
}

async function loadModels() {
  try {
    const response = await fetch('/v1/models', { headers: headers() });
    if (!response.ok) {
      showError(await errorOf(response));
      return;
    }
    const models = (await response.json()).data;
    if (models.length === 0) {
      await showLoading();
      return;
    }
    part('model').replaceChildren(...models.map(model => new Option(model.id, model.id)));
    part('model').disabled = models.length === 1;
    showError('');
  } catch {
    showError('The service cannot be reached.');
  }
}

async function showLoading() {
  const health = await (await fetch('/health')).json();
  const percent = health.progress === undefined ? '' : ' ' + Math.round(health.progress * 100) + ' %';
  part('model').replaceChildren(new Option('loading' + percent + '…', ''));
  setTimeout(loadModels, 1000);
}

/* Fenced blocks become <pre>, `spans` become <code>, blank lines part paragraphs; all else stays text. */
function render(target, text) {
  const nodes = [];
  text.split(/^```/m).forEach((piece, index) => {
    if (index % 2 === 1) {
      const lineEnd = piece.indexOf('\n');
      const pre = document.createElement('pre');
      const code = document.createElement('code');
      code.textContent = lineEnd < 0 ? '' : piece.slice(lineEnd + 1);
      pre.append(code);
      pre.tabIndex = 0;
      nodes.push(pre);
      return;
    }
    for (const paragraph of piece.split(/\n{2,}/)) {
      if (paragraph.trim()) {
        nodes.push(renderParagraph(paragraph.replace(/^\n+|\n+$/g, '')));
      }
    }
  });
  target.replaceChildren(...nodes);
}

function renderParagraph(text) {
  const paragraph = document.createElement('p');
  text.split(/(`[^`\n]+`)/).forEach(piece => {
    if (piece.length > 2 && piece.startsWith('`') && piece.endsWith('`')) {
      const code = document.createElement('code');
      code.textContent = piece.slice(1, -1);
      paragraph.append(code);
    } else if (piece) {
      paragraph.append(piece);
    }
  });
  return paragraph;
}

function addMessage(role, text) {
  part('empty').hidden = true;
  const message = document.createElement('article');
  message.className = 'message ' + role;
  const who = document.createElement('span');
  who.className = 'who';
  who.textContent = role === 'user' ? 'You' : part('model').value;
  const body = document.createElement('div');
  render(body, text);
  message.append(who, body);
  part('messages').append(message);
  scrollDown(true);
  return { message, body };
}

function scrollDown(always) {
  const list = part('messages');
  if (always || list.scrollHeight - list.scrollTop - list.clientHeight < 120) {
    list.scrollTop = list.scrollHeight;
  }
}

/* The events of a stream, one JSON object each. */
async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return;
    }
    rest += value;
    const lines = rest.split('\n');
    rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith('data: ') && line !== 'data: [DONE]') {
        yield JSON.parse(line.slice(6));
      }
    }
  }
}

function request() {
  const system = part('system').value.trim();
  return {
    model: part('model').value,
    temperature: Number(part('temperature').value),
    stream: true,
    stream_options: { include_usage: true },
    messages: system ? [{ role: 'system', content: system }, ...conversation] : conversation,
  };
}

async function ask(text) {
  showError('');
  conversation.push({ role: 'user', content: text });
  addMessage('user', text);
  const { message, body } = addMessage('assistant', '');
  message.classList.add('waiting');
  running = new AbortController();
  setBusy(true);
  let answer = '';
  const begun = performance.now();
  try {
    const response = await fetch('/v1/chat/completions', {
      method: 'POST', headers: headers(), body: JSON.stringify(request()), signal: running.signal,
    });
    if (!response.ok) {
      throw new Error(await errorOf(response));
    }
    answer = await follow(response, begun, text => { render(body, text); scrollDown(false); });
  } catch (failure) {
    answer = failure.partial ?? answer;
    if (failure.name !== 'AbortError') {
      showError(failure.message);
    }
  }
  message.classList.remove('waiting');
  running = null;
  setBusy(false);
  settle(message, body, answer, text);
}

/* Reads the answer, showing it as it grows; a failure carries what had come. */
async function follow(response, begun, show) {
  let first = 0;
  let answer = '';
  try {
    for await (const event of events(response)) {
      if (event.error) {
        throw new Error(event.error.message);
      }
      const delta = event.choices[0]?.delta?.content;
      if (delta) {
        first ||= performance.now();
        answer += delta;
        show(answer);
      }
      if (event.usage) {
        showSpeed(event.usage, first - begun, performance.now() - first);
      }
    }
    return answer;
  } catch (failure) {
    failure.partial = answer;
    throw failure;
  }
}

/* Keeps an answer, in part too; without one, the question goes back to be edited. */
function settle(message, body, answer, question) {
  if (!message.isConnected) {
    return;
  }
  if (answer) {
    render(body, answer);
    conversation.push({ role: 'assistant', content: answer });
    return;
  }
  conversation.pop();
  message.previousElementSibling.remove();
  message.remove();
  part('input').value ||= question;
}

function showSpeed(usage, firstMillis, restMillis) {
  const tokens = usage.completion_tokens;
  const rate = tokens > 1 && restMillis > 0 ? ((tokens - 1) / restMillis * 1000).toFixed(1) + ' tokens/s · ' : '';
  part('speed').textContent = rate + tokens + ' tokens · first after ' + (firstMillis / 1000).toFixed(2) + ' s';
}

function setBusy(busy) {
  part('send').hidden = busy;
  part('stop').hidden = !busy;
  if (!busy) {
    part('input').focus();
  }
}

function openSettings(open) {
  part('settings').hidden = !open;
  part('settings-toggle').setAttribute('aria-expanded', String(open));
}

function fitInput() {
  const input = part('input');
  input.style.height = 'auto';
  input.style.height = input.scrollHeight + 2 + 'px';
}

part('composer').addEventListener('submit', event => {
  event.preventDefault();
  const text = part('input').value.trim();
  if (text && !running) {
    part('input').value = '';
    fitInput();
    ask(text);
  }
});
part('input').addEventListener('keydown', event => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    part('composer').requestSubmit();
  }
});
part('input').addEventListener('input', fitInput);
part('stop').addEventListener('click', () => running?.abort());
part('new-chat').addEventListener('click', () => {
  running?.abort();
  conversation.length = 0;
  part('messages').querySelectorAll('.message').forEach(message => message.remove());
  part('empty').hidden = false;
  part('speed').textContent = '';
  showError('');
  part('input').focus();
});
part('settings-toggle').addEventListener('click', () => openSettings(part('settings').hidden));
part('temperature').addEventListener('input', () => { part('temperature-value').textContent = Number(part('temperature').value).toFixed(1); });
part('key').addEventListener('change', loadModels);
loadModels();
