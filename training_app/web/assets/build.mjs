// Builds training_app/web/static: one style sheet, three scripts, one icon and the two font files; and
// training_app/files/fonts, the same typeface as printed documents take it, with one for Arabic letters.
// Everything in these folders is made here; nothing of it is kept in the repository.
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compile } from 'sass'

const assets = dirname(fileURLToPath(import.meta.url))
const root = join(assets, '..', '..', '..')
const packages = join(root, 'node_modules')
const built = join(assets, '..', 'static')
const font = '@fontsource-variable/atkinson-hyperlegible-next'

const { css } = compile(join(assets, 'application.scss'), {
  style: 'compressed',
  quietDeps: true,
  loadPaths: [packages]
})
// Only after the style sheet compiled, so that a mistake in it leaves the last good one in place.
rmSync(built, { recursive: true, force: true })
mkdirSync(join(built, 'fonts'), { recursive: true })
writeFileSync(join(built, 'application.css'), css)

const copies = [
  [join(assets, 'application.js'), 'application.js'],
  [join(assets, 'icon.svg'), 'icon.svg'],
  [join(packages, 'govuk-frontend/dist/govuk/govuk-frontend.min.js'), 'govuk-frontend.min.js'],
  [join(packages, 'accessible-autocomplete/dist/accessible-autocomplete.min.js'), 'accessible-autocomplete.min.js'],
  [join(packages, font, 'files/atkinson-hyperlegible-next-latin-wght-normal.woff2'), 'fonts/latin.woff2'],
  [join(packages, font, 'files/atkinson-hyperlegible-next-latin-ext-wght-normal.woff2'), 'fonts/latin-ext.woff2']
]
for (const [from, to] of copies) copyFileSync(from, join(built, to))

const printed = join(root, 'training_app', 'files', 'fonts')
rmSync(printed, { recursive: true, force: true })
mkdirSync(printed, { recursive: true })
for (const weight of ['400Regular', '600SemiBold', '700Bold']) {
  for (const [family, file] of [['atkinson-hyperlegible-next', 'AtkinsonHyperlegibleNext'], ['ibm-plex-sans-arabic', 'IBMPlexSansArabic']]) {
    copyFileSync(join(packages, '@expo-google-fonts', family, weight, `${file}_${weight}.ttf`), join(printed, `${file}_${weight}.ttf`))
  }
}

console.log(`Built ${copies.length + 1} files into training_app/web/static`)
