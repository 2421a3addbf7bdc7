import path from 'node:path'
import js from '@eslint/js'
import { defineConfig, globalIgnores } from 'eslint/config'
import jsdoc from 'eslint-plugin-jsdoc'
import { configs as lit } from 'eslint-plugin-lit'
import n from 'eslint-plugin-n'
import { configs as wc } from 'eslint-plugin-wc'
import globals from 'globals'
import ts from 'typescript-eslint'

const both = new Set(Object.keys(globals['shared-node-browser']))
const only = (own, other) =>
  Object.keys(own).filter((name) => !both.has(name) && !Object.hasOwn(other, name))

const nodeGlobals = { ...globals.node, ...globals.nodeBuiltin }
const browserOnly = only(globals.browser, nodeGlobals)
const nodeOnly = only(nodeGlobals, globals.browser)

/** Smell limits: raise one for a file only with a reason beside it. */
const budgets = (lines, params) => ({
  complexity: ['error', 15],
  'max-depth': ['error', 4],
  'max-lines': ['error', lines],
  'max-params': ['error', params],
})

export default defineConfig(
  globalIgnores(['reports/', '**/dist/', 'comfy-extension/web/', '**/fixtures/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [ts.configs.strictTypeChecked, ts.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: path.resolve(import.meta.dirname) },
    },
    rules: {
      ...budgets(300, 3),
      eqeqeq: 'error',
      'no-undef': 'off', // the compiler's business
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', package: 'node:test', name: ['test', 'it', 'describe', 'suite'] },
          ],
        },
      ],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // A function that fulfils an async contract need not wait for anything.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // Index signatures are read by brackets, as noPropertyAccessFromIndexSignature asks.
      '@typescript-eslint/dot-notation': 'off',
    },
  },
  {
    files: ['sidecar/**', 'scripts/**', 'tests/**', '*.js'],
    plugins: { n },
    languageOptions: { globals: globals.nodeBuiltin },
    rules: {
      'n/no-deprecated-api': 'error',
      'n/prefer-node-protocol': 'error',
    },
  },
  {
    files: ['sidecar/**/*.ts'],
    rules: { 'no-restricted-globals': ['error', ...browserOnly] },
  },
  {
    files: ['web-components/**/*.ts'],
    extends: [lit['flat/recommended'], wc['flat/best-practice']],
    rules: { 'no-restricted-globals': ['error', ...nodeOnly] },
  },
  {
    // A table grows with what there is to say.
    files: ['web-components/i18n/{cs,en}.ts'],
    rules: { 'max-lines': 'off' },
  },
  {
    files: ['schemas/**/*.ts'],
    rules: { 'no-restricted-globals': ['error', ...nodeOnly, ...browserOnly] },
  },
  {
    files: ['schemas/**/*.ts', 'sidecar/**/*.ts'],
    plugins: { jsdoc },
    rules: {
      'jsdoc/require-jsdoc': [
        'error',
        {
          publicOnly: true,
          checkConstructors: false,
          require: {
            ClassDeclaration: true,
            FunctionDeclaration: true,
            MethodDefinition: false,
          },
          // A type inferred from the schema above it has nothing to add.
          contexts: [
            'ExportNamedDeclaration > VariableDeclaration > VariableDeclarator > ArrowFunctionExpression',
            'TSInterfaceDeclaration',
            'TSTypeAliasDeclaration:not([typeAnnotation.typeName.right.name=/^Infer/])',
          ],
          enableFixer: false,
        },
      ],
    },
  },
  {
    files: ['tests/**/*.ts'],
    rules: {
      ...budgets({ max: 500, skipBlankLines: true, skipComments: true }, 5),
      // Table rows and fakes read better without ceremony; the types still hold.
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/unbound-method': 'off',
      // A test says by the type parameter what it expects a document to hold.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
    },
  },
)
