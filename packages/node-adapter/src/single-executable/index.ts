// For programs that are one file by Node's own means (single executable applications): native parts out of their assets.
export { nativePartsInAssets, type AssetOptions } from "./native-parts-in-assets.js";
