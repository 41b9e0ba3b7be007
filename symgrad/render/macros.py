r"""The fixed LaTeX of a key: a preamble, and the macros that set steps. They need amsmath and amssymb, nothing else.

TeX itself measures: a reason stands right of its formula where there is room, else below it; what is still too wide is
set in a smaller size. So no line runs into the margin, in our document or in the one that reads the fragment.
"""

PREAMBLE = r"""\documentclass[11pt,a4paper]{article}
\IfFileExists{lmodern.sty}{\usepackage[T1]{fontenc}\usepackage{lmodern}}{}
\usepackage{amsmath,amssymb}
\setlength{\textwidth}{162mm}
\setlength{\textheight}{245mm}
\setlength{\oddsidemargin}{\dimexpr(\paperwidth-\textwidth)/2-1in\relax}
\setlength{\topmargin}{\dimexpr(\paperheight-\textheight)/2-1in-\headheight-\headsep\relax}
% brackets without the thin space that \left adds in front of them
\let\symgradopen\left
\let\symgradclose\right
\renewcommand{\left}{\mathopen{}\mathclose\bgroup\symgradopen}
\renewcommand{\right}{\aftergroup\egroup\symgradclose}
"""

MACROS = r"""\ifdefined\symgradsteps\else
\newdimen\symgradleft
\newdimen\symgradright
\newdimen\symgradroom
\newsavebox{\symgradlefthand}
\newsavebox{\symgradrighthand}
% font, formula, width: the formula in \symgradrighthand, in the first size that fits
\newcommand{\symgradfit}[3]{%
  \sbox{\symgradrighthand}{#1$\displaystyle #2$}%
  \ifdim\wd\symgradrighthand>#3\sbox{\symgradrighthand}{\small$\displaystyle #2$}\fi
  \ifdim\wd\symgradrighthand>#3\sbox{\symgradrighthand}{\footnotesize$\displaystyle #2$}\fi
  \ifdim\wd\symgradrighthand>#3\sbox{\symgradrighthand}{\scriptsize$\displaystyle #2$}\fi
  \ifdim\wd\symgradrighthand>#3\sbox{\symgradrighthand}{\tiny$\displaystyle #2$}\fi}
% a block of steps, read twice: once to measure, once to set
\newcommand{\symgradsteps}[1]{\par\begingroup\parskip=0pt
  \symgradleft=0pt\symgradright=0pt
  \let\symgradstep\symgradmeasure #1%
  \symgradroom=\dimexpr\linewidth-\symgradleft-\symgradright-1.5em\relax
  \let\symgradstep\symgradset #1%
  \par\endgroup\medskip}
% font, left side, relation and right side, reason
\newcommand{\symgradmeasure}[4]{%
  \sbox{\symgradlefthand}{#1$\displaystyle #2$}%
  \ifdim\wd\symgradlefthand<.36\linewidth
    \ifdim\wd\symgradlefthand>\symgradleft\symgradleft=\wd\symgradlefthand\fi\fi
  \sbox{\symgradrighthand}{#1$\displaystyle {}#3$}%
  \ifdim\wd\symgradrighthand<.56\linewidth
    \ifdim\wd\symgradrighthand>\symgradright\symgradright=\wd\symgradrighthand\fi\fi}
\newcommand{\symgradset}[4]{\par\addvspace{.6\baselineskip}\noindent
  \sbox{\symgradlefthand}{#1$\displaystyle #2$}%
  \ifdim\wd\symgradlefthand>\symgradleft
    \symgradfit{#1}{#2}{\linewidth}\usebox{\symgradrighthand}\par\nobreak\noindent\hspace*{\symgradleft}%
  \else\makebox[\symgradleft][r]{\usebox{\symgradlefthand}}\fi
  \symgradfit{#1}{{}#3}{\dimexpr\linewidth-\symgradleft\relax}%
  \ifdim\wd\symgradrighthand>\symgradright\symgradbelow{#4}%
  \else\ifdim\symgradroom<.22\linewidth\symgradbelow{#4}%
  \else\makebox[\symgradright][l]{\usebox{\symgradrighthand}}\hspace{1.5em}%
    \parbox[t]{\symgradroom}{\raggedright\small #4}\fi\fi\par}
\newcommand{\symgradbelow}[1]{\usebox{\symgradrighthand}\par\nobreak
  \ifx\relax#1\relax\else{\leftskip=\dimexpr\symgradleft+1.5em\relax\rightskip=0pt plus 1fil\noindent\small #1\par}\fi}
\newcommand{\symgraddisplay}[1]{\symgradfit{}{#1}{\linewidth}%
  \par\addvspace{.5\baselineskip}\noindent\hfil\usebox{\symgradrighthand}\hfil\par\addvspace{.5\baselineskip}}
% columns as wide as their text, columns that wrap, rows
\newcommand{\symgradtable}[3]{\par\medskip\noindent
  \sbox{\symgradrighthand}{\begin{tabular}{#1}#3\end{tabular}}%
  \ifdim\wd\symgradrighthand>\linewidth\begin{tabular}{#2}#3\end{tabular}\else\usebox{\symgradrighthand}\fi\par\smallskip}
\fi
"""

SETTINGS = r"""\begingroup
\setlength{\parindent}{0pt}
\setlength{\parskip}{.5\baselineskip}
\setlength{\lineskip}{3pt}
\setlength{\lineskiplimit}{2pt}
\renewcommand{\arraystretch}{1.6}
\tolerance=2000
\emergencystretch=4em
"""
