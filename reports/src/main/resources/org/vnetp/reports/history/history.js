
'use strict';
(() => {
  const form = document.getElementById('filters');
  const plots = [...document.querySelectorAll('figure.plot[data-suite]')];
  const count = document.getElementById('count');
  const fields = [...form.elements].filter(field => field.name);
  const show = () => {
    const asked = Object.fromEntries(fields.map(field => [field.name, field.value]));
    let shown = 0;
    for (const plot of plots) {
      const data = plot.dataset;
      const state = asked.state;
      const fits = ['suite', 'fabric', 'link', 'metric'].every(name => !asked[name] || data[name] === asked[name])
        && (!state || (state === 'steps' ? data.steps !== '0' : data.state === state))
        && data.text.includes(asked.text.toLowerCase());
      plot.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    count.value = shown + ' of ' + plots.length + ' series';
  };
  const read = () => {
    const words = new URLSearchParams(location.hash.slice(1));
    for (const field of fields) {
      field.value = words.get(field.name) ?? '';
      if (field.value !== (words.get(field.name) ?? '')) {
        field.value = '';
      }
    }
    show();
  };
  form.addEventListener('input', () => {
    const words = new URLSearchParams();
    for (const field of fields) {
      if (field.value) {
        words.set(field.name, field.value);
      }
    }
    history.replaceState(null, '', '#' + words);
    show();
  });
  form.addEventListener('submit', event => event.preventDefault());
  addEventListener('hashchange', read);
  form.hidden = false;
  read();
})();
