// What is wrong with a page for keyboard, screen reader and eye: a list of sentences, by WCAG 2.2.
() => {
  const wrong = [];
  const say = (rule, element) =>
    wrong.push(`${rule}: ${element.outerHTML.replace(/\s+/g, ' ').slice(0, 120)}`);
  const all = selector => [...document.querySelectorAll(selector)];
  const name = element => (element.getAttribute('aria-label') || element.textContent).trim();

  // 3.1.1, 2.4.2: language and title.
  if (!document.documentElement.lang) say('no language', document.documentElement);
  if (!document.title.trim()) say('no title', document.documentElement);

  // 1.3.1, 2.4.1: landmarks, everything in one of them, and a link past the navigation.
  for (const one of ['header', 'main'])
    if (all(`body > ${one}`).length !== 1) say(`not one ${one}`, document.body);
  for (const nav of all('nav')) if (!nav.getAttribute('aria-label')) say('nav without name', nav);
  for (const child of document.body.children)
    if (!child.matches('header, main, footer, a.skip')) say('outside of landmarks', child);

  // 1.3.1, 2.4.6: headings, one above the other.
  const levels = all('h1, h2, h3, h4, h5, h6').map(h => [+h.tagName[1], h]);
  if (levels.filter(([level]) => level === 1).length !== 1) say('not one h1', document.body);
  levels.forEach(([level, h], at) => {
    if (!h.textContent.trim()) say('empty heading', h);
    if (at && level > levels[at - 1][0] + 1) say('skips a level', h);
  });

  // 1.3.1: tables.
  for (const table of all('table')) {
    if (!table.caption || !table.caption.textContent.trim()) say('table without caption', table);
    for (const row of table.tBodies[0].rows)
      if (!row.querySelector('th[scope=row]')) say('row without heading', row);
    for (const cell of table.tHead.rows[0].cells)
      if (cell.scope !== 'col' || !cell.textContent.trim()) say('column without heading', cell);
  }

  // 1.1.1: drawings are told, or stand beside what they draw.
  for (const svg of all('svg'))
    if (svg.getAttribute('aria-hidden') !== 'true' &&
        !(svg.getAttribute('role') === 'img' && svg.getAttribute('aria-label')))
      say('drawing without name', svg);

  // 4.1.2, 2.4.4: links, and what Tab stops at.
  for (const link of all('a')) {
    if (!name(link)) say('link without name', link);
    const to = link.getAttribute('href');
    if (to.startsWith('#') && !document.getElementById(to.slice(1))) say('leads nowhere', link);
  }
  for (const stop of all('[tabindex="0"]'))
    if (!stop.getAttribute('role') || !name(stop)) say('stop without role and name', stop);
  const ids = all('[id]').map(e => e.id);
  ids.filter((id, at) => ids.indexOf(id) !== at).forEach(id =>
    say('id twice', document.getElementById(id)));

  // 1.4.3: contrast of every text to its ground.
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = colour => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const over = (top, under) =>
    [0, 1, 2].map(i => top[i] * top[3] / 255 + under[i] * (1 - top[3] / 255)).concat(255);
  const ground = element => {
    if (!element) return rgba(getComputedStyle(document.documentElement).backgroundColor);
    if (element.closest('svg')) {
      const rect = element.parentElement.querySelector('rect[fill]');
      if (rect && rect.nextElementSibling === element) return rgba(getComputedStyle(rect).fill);
    }
    const own = rgba(getComputedStyle(element).backgroundColor);
    return own[3] === 255 ? own : over(own, ground(element.parentElement));
  };
  const light = colour => {
    const [r, g, b] = colour.map(v => v / 255)
      .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  let texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.closest('style, title')) continue;
    const style = getComputedStyle(element);
    const back = ground(element);
    const front = over(rgba(element.closest('svg') ? style.fill : style.color), back);
    const [low, high] = [light(front), light(back)].sort((a, b) => a - b);
    const ratio = (high + 0.05) / (low + 0.05);
    texts += 1;
    if (ratio < 4.5) say(`contrast ${ratio.toFixed(2)} of "${walker.currentNode.data.trim()}"`, element);
  }
  return {wrong, texts};
}
