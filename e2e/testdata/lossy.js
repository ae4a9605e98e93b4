// Has this page lose answers that the server has given: window.lose says how many, to "complete" and to the file itself.
// window.sent counts the files that went out.
(() => {
  window.lose = { complete: 0, file: 0 };
  window.sent = 0;
  const ask = window.fetch;
  window.fetch = async (url, ...more) => {
    const answer = await ask(url, ...more);
    if (String(url).endsWith("/complete") && window.lose.complete-- > 0) throw new TypeError("lost");
    return answer;
  };
  const { send, addEventListener } = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.send = function (body) {
    if (body instanceof File) window.sent++;
    return send.call(this, body);
  };
  XMLHttpRequest.prototype.addEventListener = function (type, then, ...more) {
    const lossy = (event) => (window.lose.file-- > 0 ? this.dispatchEvent(new ProgressEvent("error")) : then.call(this, event));
    return addEventListener.call(this, type, type === "load" ? lossy : then, ...more);
  };
  return true;
})()
