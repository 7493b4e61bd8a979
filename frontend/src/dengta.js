// What pages do beyond HTML. Every page works without this file; nothing here decides anything.
import { watchCodes } from "./uscc.js";
import { watchEvidence } from "./evidence.js";
import { watchForms } from "./forms.js";
import { watchKeys } from "./keys.js";
import { watchRatings } from "./ratings.js";
import { watchSliders } from "./sliders.js";

watchCodes();
watchEvidence();
watchForms();
watchKeys();
watchRatings();
watchSliders();
