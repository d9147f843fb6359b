// Progressive enhancement only: every page works without this file.
import { initAll } from './govuk-frontend.min.js'

initAll()

// A table that fits needs no extra stop for the keyboard; one that must be scrolled keeps it.
const scrollable = document.querySelectorAll('.app-scroll')
const fitTables = () => {
  for (const region of scrollable) {
    if (region.scrollWidth > region.clientWidth + 1) region.setAttribute('tabindex', '0')
    else region.removeAttribute('tabindex')
  }
}
if (scrollable.length > 0) {
  fitTables()
  new ResizeObserver(fitTables).observe(document.body)
}

// "Choose all" above a list of tick boxes: <button data-tick-all="person" hidden>.
for (const button of document.querySelectorAll('[data-tick-all]')) {
  button.hidden = false
  button.addEventListener('click', () => {
    const boxes = [...document.querySelectorAll(`input[type=checkbox][name="${button.dataset.tickAll}"]`)]
    const tick = boxes.some((box) => !box.checked)
    for (const box of boxes) box.checked = tick
  })
}

// On a phone filters are folded away, unless something in them has to be put right.
if (window.matchMedia('(max-width: 40em)').matches) {
  for (const fold of document.querySelectorAll('[data-fold-on-phone]')) {
    fold.open = fold.querySelector('.govuk-error-message') !== null
  }
}

// A long <select data-autocomplete> becomes a box to type in.
const lists = document.querySelectorAll('select[data-autocomplete]')
if (lists.length > 0) {
  import('./accessible-autocomplete.min.js').then(() => {
    for (const select of lists) enhance(select, window.accessibleAutocomplete)
  })
}

function enhance (select, accessibleAutocomplete) {
  const { id } = select
  const describedBy = (select.getAttribute('aria-describedby') || '').split(' ').filter(Boolean)
  const isWrong = select.classList.contains('govuk-select--error')
  accessibleAutocomplete.enhanceSelectElement({
    selectElement: select,
    // The empty choice becomes the empty box.
    defaultValue: select.value === '' ? '' : select.selectedOptions[0].textContent.trim(),
    showAllValues: select.options.length <= 15,
    autoselect: false,
    confirmOnBlur: false,
    displayMenu: 'overlay',
    inputClasses: isWrong ? 'govuk-input--error' : null,
    tNoResults: () => 'Nothing found',
    tAssistiveHint: () => 'When there are suggestions, use the up and down arrows to look through them and Enter to choose.',
    onConfirm: () => {}
  })
  const input = document.getElementById(id)

  // The widget replaces aria-describedby while one types, which would cut the field off from its hint and its error.
  const describe = () => {
    const now = (input.getAttribute('aria-describedby') || '').split(' ').filter(Boolean)
    const missing = describedBy.filter((part) => !now.includes(part))
    if (missing.length > 0) input.setAttribute('aria-describedby', [...missing, ...now].join(' '))
  }
  describe()
  new MutationObserver(describe).observe(input, { attributes: true, attributeFilter: ['aria-describedby'] })
  if (isWrong) input.setAttribute('aria-invalid', 'true')

  // What is sent is what stands in the box: the choice of that name, or none.
  const choose = () => {
    const typed = input.value.trim().toLowerCase()
    const choice = [...select.options].find((option) => option.textContent.trim().toLowerCase() === typed && option.value !== '')
    select.value = choice ? choice.value : ''
  }
  input.addEventListener('blur', () => setTimeout(choose, 0))
  if (select.form) select.form.addEventListener('submit', choose)
}
