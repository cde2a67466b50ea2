export interface ConfigVault {
  /** `context` binds the ciphertext to its place: opening it elsewhere fails. */
  seal(plain: Readonly<Record<string, string>>, context: string): Promise<string>;
  open(sealed: string, context: string): Promise<Readonly<Record<string, string>>>;
}
