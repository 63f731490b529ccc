// The stream of /events: from the node that served this page, or from another when that one dies.
// Read with fetch, since an EventSource sends no Authorization.

const AGAIN_AFTER = 300;
const SILENT_AFTER = 2000;

export class Feed {
  #origins = [location.origin];
  #at = 0;
  #lastId = '';
  #token = '';
  #askToken;
  #on;

  // on: {event(name, data), connected(origin), lost(origin)}
  constructor(on, askToken) {
    this.#on = on;
    this.#askToken = askToken;
  }

  get origin() { return this.#origins[this.#at]; }

  // The operator's ports of all nodes: this page's own first, while it is among them.
  knows(origins) {
    const now = this.origin;
    this.#origins = [...new Set([now, ...origins, ...this.#origins])];
    this.#at = 0;
  }

  // asksToken: known beforehand, so that there is no answer 401
  async run(asksToken) {
    if (asksToken) this.#token = await this.#askToken();
    for (;;) {
      try {
        await this.#read();
      } catch (e) {
        // the node is gone, or does not answer
      }
      this.#on.lost(this.origin);
      this.#at = (this.#at + 1) % this.#origins.length;
      if (this.#at === 0) {
        await new Promise(done => setTimeout(done, AGAIN_AFTER));
      }
    }
  }

  async #read() {
    const quiet = new Watchdog(SILENT_AFTER);
    const answer = await this.#fetch('/events?pulses', {
      headers: this.#lastId ? {'Last-Event-ID': this.#lastId} : {},
      signal: quiet.signal,
    });
    if (!answer.ok) {
      throw new Error(`${answer.status}`);
    }
    this.#on.connected(this.origin);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const {value, done} = await reader.read();
      if (done) {
        return;
      }
      quiet.heard();
      rest += value;
      for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
        this.#event(rest.slice(0, end));
        rest = rest.slice(end + 2);
      }
    }
  }

  #event(text) {
    let name = '', data = '';
    for (const line of text.split('\n')) {
      if (line.startsWith('event: ')) name = line.slice(7);
      if (line.startsWith('data: ')) data = line.slice(6);
      if (line.startsWith('id: ')) this.#lastId = line.slice(4);
    }
    if (!name) return;
    try {
      this.#on.event(name, JSON.parse(data));
    } catch (e) {
      reportError(e); // The page's fault, and not the node's.
    }
  }

  // An order, or a question, to the node that is watched; asks for the token where one is wanted.
  async order(method, path, content) {
    return this.#fetch(path, {
      method,
      headers: content ? {'Content-Type': 'application/json'} : {},
      body: content ? JSON.stringify(content) : undefined,
    });
  }

  async #fetch(path, options) {
    for (;;) {
      const headers = {...options.headers};
      if (this.#token) {
        headers.Authorization = `Bearer ${this.#token}`;
      }
      const answer = await fetch(this.origin + path, {...options, headers, cache: 'no-store'});
      if (answer.status !== 401) {
        return answer;
      }
      options.signal?.pause();
      this.#token = await this.#askToken();
      options.signal?.goOn();
    }
  }
}

// Ends a request from which nothing has come for a while: a paused node keeps its connections.
class Watchdog {
  #timer;
  #controller = new AbortController();
  #most;

  constructor(most) {
    this.#most = most;
    this.signal = this.#controller.signal;
    this.signal.pause = () => clearTimeout(this.#timer);
    this.signal.goOn = () => this.heard();
    this.heard();
  }

  heard() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#controller.abort(), this.#most);
  }
}
